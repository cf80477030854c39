/// A home whose tokens hold keys and certificates that identifiers and labels do not tell apart, and whose browsers keep
/// their databases in the newer places. See ``InstalledHome``.
struct AlikeHome: @unchecked Sendable {
    static let shared = Result { try AlikeHome() }

    let folder: String

    private init() throws { folder = try makeHome("alike", [Self.certificates, Self.tokens, Self.browsers]) }

    /// Keys `ec1`, `ec2`, `rsa1`, `rsa2`, `p521`, `ed1`, `ed2`, each with a certificate; for `ec1` also `old`, which has expired, and
    /// `entity`, which is a day younger.
    private static let certificates = """
        echo keyUsage=critical,digitalSignature >extensions
        for name in ec1 ec2 rsa1 rsa2 p521 ed1 ed2; do
            case $name in
            ec*) kind="EC -pkeyopt ec_paramgen_curve:P-256" ;;
            ed*) kind=ED25519 ;;
            p521) kind="EC -pkeyopt ec_paramgen_curve:P-521" ;;
            *) kind="RSA -pkeyopt rsa_keygen_bits:2048" ;;
            esac
            openssl genpkey -algorithm $kind -out $name.key
            openssl pkey -in $name.key -outform DER -out $name.key.der
            openssl pkey -in $name.key -pubout -outform DER -out $name.pub.der
            openssl req -new -key $name.key -subj /CN=$name -out $name.csr
            openssl x509 -req -in $name.csr -signkey $name.key -extfile extensions -days 30 -outform DER -out $name.der
        done
        mkdir ca
        touch ca/index
        printf '[ca]\ndefault_ca=one\n[one]\ndatabase=ca/index\nnew_certs_dir=ca\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' >ca/config
        issue() {
            openssl ca -batch -config ca/config -in ec1.csr -selfsign -keyfile ec1.key -extfile extensions -notext \
                -startdate $2 -enddate $3 -out $1.pem
            openssl x509 -in $1.pem -outform DER -out $1.der
            : >ca/index
        }
        issue old 20200101000000Z 20240101000000Z
        issue entity $(date -u -d '-1 day' +%Y%m%d%H%M%SZ) $(date -u -d '+9 days' +%Y%m%d%H%M%SZ)
        """

    /// Tokens by what is on them; all certificates and keys of one token have one label, and one identifier but where the
    /// script says so.
    private static let tokens = """
        mkdir tokens
        echo "directories.tokendir = $HOME/tokens" >softhsm2.conf
        write() {
            pkcs11-tool --module \(SoftToken.path) --login --pin 1234 --token-label $1 --write-object $3.der --type $2 \
                --id ${4:-01} --label same
        }
        for token in twins pairs first second both strange orphan p521 edwards; do
            softhsm2-util --init-token --free --label $token --pin 1234 --so-pin 5678
        done
        for name in ec1 ec2; do write twins privkey $name.key; write twins cert $name; done
        for name in rsa1 rsa2; do write pairs privkey $name.key; write pairs cert $name; done
        for token in first second both; do write $token privkey ec1.key; done
        write first cert old; write first cert ec1
        write second cert ec1; write second cert old
        write both cert entity; write both cert ec1
        write strange privkey rsa1.key 05; write strange cert rsa1 06
        write strange privkey ec1.key 07; write strange pubkey ec1.pub 07; write strange cert ec1 08
        write orphan privkey rsa1.key; write orphan cert rsa2
        write p521 privkey p521.key; write p521 cert p521
        for name in ed1 ed2; do
            openssl pkcs8 -topk8 -nocrypt -in $name.key -out $name.pk8
            softhsm2-util --import $name.pk8 --force --token edwards --label same --id 01 --pin 1234
            write edwards cert $name
        done
        """

    private static let browsers = """
        for folder in .config/mozilla/firefox/profile .local/share/pki/nssdb; do
            mkdir -p $folder
            certutil -N -d sql:$folder --empty-password
        done
        printf '[Profile0]\nName=new\nPath=profile\n' >.config/mozilla/firefox/profiles.ini
        openssl x509 -inform DER -in ec1.der -out ec1.pem
        openssl x509 -inform DER -in rsa1.der -out rsa1.pem
        for name in ec1 rsa1; do
            openssl pkcs12 -export -inkey $name.key -in $name.pem -name $name -passout pass:x -out $name.p12
        done
        pk12util -i ec1.p12 -W x -d sql:.config/mozilla/firefox/profile
        pk12util -i rsa1.p12 -W x -d sql:.local/share/pki/nssdb
        """
}
