# Bash completion for campaigns. In ~/.bashrc: source <(campaigns completion bash)
_campaigns() {
  local line quote=${COMP_WORDS[COMP_CWORD]:0:1}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default
      return
    fi
    line=${line%%$'\t'*}
    # Within quotes only what means there what it says.
    if [[ $quote != [\"\'] ]]; then
      printf -v line %q "$line"
    elif [[ $line == *[\"\'\`\\\$\!]* ]]; then
      continue
    fi
    COMPREPLY+=("$line")
  done < <("$1" completion bash -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$2" 2>/dev/null </dev/null)
}
complete -F _campaigns campaigns
