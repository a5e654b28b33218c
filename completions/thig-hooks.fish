# Completion of thig-hooks for fish. The program itself provides the candidates.

function __thig_hooks_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string unescape)
    set -l program $words[1]
    set -e words[1]
    type -q $program; or return
    # Ignore an open quote at the end of the word.
    test (count $current) -gt 0; or set current (commandline -ct | string trim --left --chars='"\'')
    for answer in ($program __complete fish 0 $words "$current" 2>/dev/null)
        switch $answer
            case ':files'
                __thig_hooks_names __fish_complete_path "$current"
            case ':folders'
                __thig_hooks_names __fish_complete_directories "$current"
            case '*'
                echo $answer
        end
    end
end

# File names, also after --flag=.
function __thig_hooks_names
    set -l before (string match --regex -- '^--[^=]*=' $argv[2])
    set -l name (string replace --regex -- '^--[^=]*=' '' $argv[2])
    for answer in ($argv[1] "$name")
        echo "$before$answer"
    end
end

complete -c thig-hooks -f -k -a '(__thig_hooks_complete)'
