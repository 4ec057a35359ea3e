#compdef campaigns
# Zsh completion for campaigns. In ~/.zshrc, after compinit: source <(campaigns completion zsh)
_campaigns() {
  local name says
  local -a found
  while IFS=$'\t' read -r name says; do
    if [[ $name == :files ]]; then
      _files
      return
    fi
    found+=("${name//:/\\:}${says:+:$says}")
  done < <(${(Q)words[1]} completion zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)
  _describe campaigns found
}
if [[ $funcstack[1] == _campaigns ]]; then _campaigns; else compdef _campaigns campaigns; fi
