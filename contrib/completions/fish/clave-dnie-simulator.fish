# fish completion for clave-dnie-simulator(1)

# The first word before the cursor that is neither an option nor its value.
function __clave_dnie_simulator_command
    set -l values --generation --name --document --support --pin --can --can-status --can-delay --reader --fault --log
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word $values
            set skip yes
        else if not string match -q -- '-*' $word
            echo $word
            return
        end
    end
end

# Whether the command is this, or there is none yet.
function __clave_dnie_simulator_takes
    set -l command (__clave_dnie_simulator_command)
    test -z "$command"; or test "$command" = $argv[1]
end

function __clave_dnie_simulator_begins
    test -z (__clave_dnie_simulator_command | string collect -a)
end

complete -c clave-dnie-simulator -f
complete -c clave-dnie-simulator -n __clave_dnie_simulator_begins -a init -d 'Make a card in a folder'
complete -c clave-dnie-simulator -n __clave_dnie_simulator_begins -a run -d 'Put the card into the virtual reader'
complete -c clave-dnie-simulator -n __clave_dnie_simulator_begins -a status -d 'Print what card it is, and its counters'
complete -c clave-dnie-simulator -n __clave_dnie_simulator_begins -a reset-counters -d 'Give the PIN its tries back'
complete -c clave-dnie-simulator -n 'not __clave_dnie_simulator_begins' -a '(__fish_complete_directories)'

complete -c clave-dnie-simulator -s h -l help -d 'Print a summary'
complete -c clave-dnie-simulator -s V -l version -d 'Print the version'

set -l init '__clave_dnie_simulator_takes init'
complete -c clave-dnie-simulator -n $init -l generation -x -a '2 3 4' -d 'Generation of the card'
complete -c clave-dnie-simulator -n $init -l name -x -d 'GIVEN/SURNAME[/SECOND]'
complete -c clave-dnie-simulator -n $init -l document -x -d 'DNI with its letter'
complete -c clave-dnie-simulator -n $init -l support -x -d 'Support number'
complete -c clave-dnie-simulator -n $init -l pin -x -d '8 to 16 letters and digits'
complete -c clave-dnie-simulator -n $init -l can -x -d 'Card access number, six digits'

set -l run '__clave_dnie_simulator_takes run'
complete -c clave-dnie-simulator -n $run -l contactless -d 'Over the air'
complete -c clave-dnie-simulator -n $run -l no-channels -d 'Serve outside of secure channels too'
complete -c clave-dnie-simulator -n $run -l open-certificates -d 'Certificates of generation 2 without the PIN'
complete -c clave-dnie-simulator -n $run -l can-status -x -a '6300 6982 6983' -d 'What a wrong access number is answered'
complete -c clave-dnie-simulator -n $run -l can-delay -x -d 'Milliseconds for each wrong access number'
complete -c clave-dnie-simulator -n $run -l reader -x -a '127.0.0.1:35963 127.0.0.1:35964' -d 'Where vpcd listens'
complete -c clave-dnie-simulator -n $run -l fault -x -a 'remove@ corrupt-mac@ delay@ status@ garbage@ truncate@' -d 'Let a command go wrong'
complete -c clave-dnie-simulator -n $run -l log -r -F -d 'Append commands and answers'

complete -c clave-dnie-simulator -n '__clave_dnie_simulator_takes status' -s j -l json -d 'Print a JSON line'
