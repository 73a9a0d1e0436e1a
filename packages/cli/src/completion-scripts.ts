// The scripts for bash and zsh are ours: those of @bomb.sh/tab 0.0.22 put the typed words through `eval`, so that a Tab in
// `scarf submit -- PROGRAM > FILE` empties FILE, and one behind `$(…)` runs what stands in it.

/** Needs nothing but bash 4; the package bash-completion may be missing. */
const bash = String.raw`# bash completion for scarf
_scarf() {
  local -a words=() answer=()
  local word line joins="" directive=0
  # Bash takes --name=value apart into three words.
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if [[ ( $word == "=" || $joins == yes ) && \${#words[@]} -gt 0 ]]; then words[-1]+=$word; else words+=("$word"); fi
    if [[ $word == "=" ]]; then joins=yes; else joins=""; fi
  done
  mapfile -t answer < <(scarf complete -- "\${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  for line in "\${answer[@]}"; do
    case $line in
      :*) directive=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\t'*}") ;;
    esac
  done
  # 4: no file names stand here.
  if (( directive & 4 )); then compopt +o default; fi
}
complete -o default -F _scarf scarf`;

const zsh = String.raw`#compdef scarf
# zsh completion for scarf
_scarf() {
  local -a answer values
  local line directive=0
  answer=("\${(@f)$(scarf complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${answer[@]}"; do
    case $line in
      :*) directive=\${line#:} ;;
      ?*) values+=("\${\${line%%$'\t'*}//:/\\:}:\${line#*$'\t'}") ;;
    esac
  done
  compset -P '*='
  if (( $#values )); then
    _describe -V scarf values
  elif (( (directive & 4) == 0 )); then
    _files
  fi
}
compdef _scarf scarf`;

export const completionScripts = {
  bash: bash.replaceAll(String.raw`\${`, "${"),
  zsh: zsh.replaceAll(String.raw`\${`, "${"),
} as const;
