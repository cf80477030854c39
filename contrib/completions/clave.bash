# Completion of clave-agent's programs for bash; installed under the name of each.

# Identities or requests of the agent, as `PROGRAM --json` tells them; nothing without an agent. Asks the person nothing.
_clave_ids() {
    [ -n "${CLAVE_AUTH_SOCK:-}" ] || return
    case $(clave-add -s -j 2>/dev/null) in *'"vault":"open"'*) ;; *) return ;; esac
    "$@" 2>/dev/null | sed -n 's/.*"id":"\([0-9a-f]\{8\}\).*/\1/p'
}

_clave() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} common='--help --version' words=''
    COMPREPLY=()
    case $1:$before in
    *clave-agent:-a | *clave-agent:--address | *:--gateway-ca | *:-q | *:--qr | *:--gammu-config)
        compopt -o default
        return
        ;;
    *clave-gateway:-s | *:--state) compopt -o default; return ;;
    *clave-add:-m | *:--method) words=sms ;;
    *:--level) words='basic advanced' ;;
    *:--language) words='ca es gl eu en' ;;
    *:--sms) words='outbox gammu' ;;
    *clave-add:-d | *:--delete | *:-i | *:--identity) words=$(_clave_ids clave-add -l -j) ;;
    *clave-requests:-[ar] | *:--approve | *:--reject) words=$(_clave_ids clave-requests -j) ;;
    *:-[tw] | *:--lifetime | *:--wait) words='30s 5m 1h 8h' ;;
    esac
    if [ -z "$words" ]; then
        case $1 in
        *clave-agent) words="--sh --csh --foreground --debug --address --lifetime --kill $common" ;;
        *clave-add)
            words="--method --gateway --gateway-ca --document --validity --issue --support --field --lifetime --list
                --list-all --delete --delete-all --unlock --status --json $common"
            ;;
        *clave-pin) words="--identity --wait --json $common" ;;
        *clave-requests) words="--approve --reject --next --link --qr --identity --wait --json $common" ;;
        *clave-gateway)
            words="serve seed citizen add list outbox audit --state --listen --port --origin --name --seed --count
                --no-sandbox-pages --sms --gammu-config --threads --attempts-per-address --attempts-per-document
                --document --full-name --level --validity --issue --support --phone --language --last --json $common"
            ;;
        esac
        case $1 in *clave-agent) [[ $word == -* ]] || { COMPREPLY=($(compgen -c -- "$word")); return; } ;; esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _clave clave-agent clave-add clave-pin clave-requests clave-gateway
