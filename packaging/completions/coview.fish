# SPDX-License-Identifier: Apache-2.0
# fish completion for coview: coview completion fish > ~/.config/fish/completions/coview.fish

function __coview_complete
    set -l before (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    for line in (coview complete -- $before[2..] "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path $current
            case :command
                # The command after "--" completes as it would on a line of its own.
                set -l mark (contains --index -- -- $before)
                set -l begin (math $mark + 1)
                complete --do-complete="$(string escape -- $before[$begin..] | string join ' ') $current"
            case '*'
                echo $line
        end
    end
end

complete --command coview --no-files --arguments '(__coview_complete)'
