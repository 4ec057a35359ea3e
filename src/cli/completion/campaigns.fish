# Fish completion for campaigns: campaigns completion fish > ~/.config/fish/completions/campaigns.fish
function __campaigns
    set -l words (commandline -opc)
    set -l last (commandline -ct | string unescape)
    for line in ($words[1] completion fish -- $words[2..] "$last" 2>/dev/null </dev/null)
        if test "$line" = ":files"
            __fish_complete_path "$last"
        else
            echo $line
        end
    end
end
complete -c campaigns -f -a "(__campaigns)"
