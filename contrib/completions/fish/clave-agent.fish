# fish completion for clave-agent(1)

complete -c clave-agent -f
complete -c clave-agent -s s -l sh -d 'Print code for Bourne shells'
complete -c clave-agent -s c -l csh -d 'Print code for C shells'
complete -c clave-agent -s D -l foreground -d 'Stay in the foreground'
complete -c clave-agent -s d -l debug -d 'Stay in the foreground and write a debug log'
complete -c clave-agent -s a -l address -r -F -d 'Listen at this socket'
complete -c clave-agent -s t -l lifetime -x -a '30m 1h 8h 1d' -d 'Forget keys after this time'
complete -c clave-agent -l ssh -d 'Set the variables of OpenSSH too'
complete -c clave-agent -s E -l fingerprint-hash -x -a sha256 -d 'The digest of fingerprints'
complete -c clave-agent -s O -l option -x -a no-restrict-websafe -d 'An option of ssh-agent'
complete -c clave-agent -s P -l providers -x -d 'PKCS#11 libraries that may be loaded'
complete -c clave-agent -s k -l kill -d 'End the agent that CLAVE_AGENT_PID names'
complete -c clave-agent -s h -l help -d 'Print a summary'
complete -c clave-agent -s V -l version -d 'Print the version'
complete -c clave-agent -x -a '(__fish_complete_subcommand -- -a --address -E --fingerprint-hash -O --option -P --providers -t --lifetime)'
