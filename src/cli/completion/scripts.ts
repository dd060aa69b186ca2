/** What each shell runs to ask `dli __complete` for the word at the cursor. */

const bash = String.raw`# dli completion for bash. Load it with: source <(dli completion bash)
_dli_complete() {
  local line word="${'$'}{COMP_WORDS[COMP_CWORD]}"
  [ "$word" = "=" ] && word=""
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :files)
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word")
        ;;
      :folders)
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$word")
        ;;
      *) COMPREPLY+=("${'$'}{line%%$'\t'*}") ;;
    esac
  done < <(dli __complete "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _dli_complete dli
`;

const zsh = String.raw`#compdef dli
# dli completion for zsh. Load it with: source <(dli completion zsh)
_dli() {
  local line
  local -a found
  for line in "${'$'}{(@f)$(dli __complete "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case "$line" in
      '') ;;
      :files) _files ;;
      :folders) _files -/ ;;
      *) found+=("${'$'}{${'$'}{line%%$'\t'*}//:/\\:}:${'$'}{line#*$'\t'}") ;;
    esac
  done
  (( ${'$'}{#found} )) && _describe dli found
}
compdef _dli dli
`;

const fish = String.raw`# dli completion for fish. Load it with: dli completion fish | source
function __dli_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in (dli __complete $words[2..-1] 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path (commandline -ct)
      case ':folders'
        __fish_complete_directories (commandline -ct)
      case '*'
        printf '%s\n' $line
    end
  end
end
complete -c dli -f -a '(__dli_complete)'
`;

/** The completion script of each shell that has one. */
export const completionScripts: Readonly<Record<string, string>> = { bash, zsh, fish };
