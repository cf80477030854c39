import Foundation
import Glibc
import TestSupport
import Testing

@testable import Cryptoki

/// A person's home, made once: databases of Firefox and Chromium, tokens of SoftHSM, and p11-kit's configuration.
///
/// A process initializes a PKCS#11 library once. So each test is an exit test: a process of its own, which enters the
/// home first.
struct InstalledHome: @unchecked Sendable {
    static let shared = Result { try InstalledHome() }

    let folder: String

    private init() throws {
        folder = try makeHome("home", [Self.certificates, Self.browsers, Self.tokens, Self.reader])
    }

    /// An authority and one under it, certificates by the former, ec and other, and by the latter, rsa; each with its
    /// key, and in PKCS #12.
    private static let certificates = """
        openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=CA -out ca.pem -days 30
        openssl req -newkey rsa:2048 -nodes -keyout sub.key -subj /CN=sub -out sub.csr
        echo basicConstraints=critical,CA:TRUE >extensions
        openssl x509 -req -in sub.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile extensions -days 30 -out sub.pem
        for name in ca sub; do openssl x509 -in $name.pem -outform DER -out $name.der; done
        cat ca.pem sub.pem >authorities.pem
        echo basicConstraints=CA:FALSE >extensions
        for name in rsa ec other; do
            kind="ec -pkeyopt ec_paramgen_curve:P-256"
            by=ca
            [ $name != rsa ] || kind=rsa:2048 by=sub
            openssl req -newkey $kind -nodes -keyout $name.key -subj /CN=$name -out $name.csr
            openssl x509 -req -in $name.csr -CA $by.pem -CAkey $by.key -CAcreateserial -extfile extensions -days 30 \
                -out $name.pem
            openssl x509 -in $name.pem -outform DER -out $name.der
            openssl pkey -in $name.key -outform DER -out $name.key.der
            openssl pkcs12 -export -inkey $name.key -in $name.pem -certfile authorities.pem -name "$name; ñ = 100 %" \
                -passout pass:x -out $name.p12
        done
        """

    /// A profile without a password, one with, one in a folder of an odd name, a damaged one, one without a database;
    /// and Chromium's database.
    private static let browsers = """
        firefox=.mozilla/firefox
        odd="we'ird \\"]>\\\\ ñ}"
        for folder in "$firefox/$odd" .pki/nssdb $firefox/open; do
            mkdir -p "$folder"
            certutil -N -d "sql:$folder" --empty-password
        done
        mkdir $firefox/locked $firefox/empty
        echo "a secret" >password
        certutil -N -d sql:$firefox/locked -f password
        for name in rsa ec; do
            pk12util -i $name.p12 -W x -d sql:$firefox/open
            pk12util -i $name.p12 -W x -d sql:$firefox/locked -k password
        done
        for folder in $firefox/open $firefox/locked; do
            certutil -A -n other -t ,, -i other.pem -d sql:$folder -f password
        done
        pk12util -i ec.p12 -W x -d "sql:$firefox/$odd"
        pk12util -i rsa.p12 -W x -d sql:.pki/nssdb
        cp -r $firefox/open $firefox/damaged
        echo none >$firefox/damaged/cert9.db
        cat >$firefox/profiles.ini <<END
        [General]
        StartWithLastProfile=1

        [Profile0]
        Name=default-release
        IsRelative=1
        Path=open

        [Profile1]
        Name=work
        IsRelative=0
        Path=$HOME/$firefox/locked

        [Profile2]
        Name=it's "odd]>\\\\
        IsRelative=1
        Path=$odd

        [Profile3]
        Name=damaged
        IsRelative=1
        Path=damaged

        [Profile4]
        Name=empty
        IsRelative=1
        Path=empty
        END
        """

    /// Two tokens of one name. On the first: rsa with all its parts, ec without public key, a key that wants the PIN
    /// each time, the authority's certificate; on the second: rsa.
    private static let tokens = """
        mkdir tokens
        echo "directories.tokendir = $HOME/tokens" >softhsm2.conf
        make() { softhsm2-util --init-token --free --label "tarjeta; ñ" --pin $1 --so-pin 5678 | sed -n 's/.*slot //p'; }
        first=$(make 1234)
        second=$(make 4321)
        tool() { slot=$1 pin=$2; shift 2; pkcs11-tool --module \(SoftToken.path) --login --pin $pin --slot $slot "$@"; }
        write() {
            tool $1 $2 --write-object $3.key.der --type privkey --id $4 --label "$3 ñ; /"
            tool $1 $2 --write-object $3.der --type cert --id $4 --label "$3 ñ; /"
        }
        write $first 1234 rsa 01
        openssl pkey -in rsa.key -pubout -outform DER -out rsa.pub
        tool $first 1234 --write-object rsa.pub --type pubkey --id 01
        write $first 1234 ec 02
        tool $first 1234 --keypairgen --key-type EC:prime256v1 --id 03 --label each --always-auth
        tool $first 1234 --read-object --type pubkey --id 03 --output-file each.pub
        openssl pkey -pubin -inform DER -in each.pub -out each.pub.pem
        openssl x509 -req -in ec.csr -force_pubkey each.pub.pem -CA ca.pem -CAkey ca.key -extfile extensions -days 30 \
            -outform DER -out each.der
        tool $first 1234 --write-object each.der --type cert --id 03 --label each
        for name in ca sub; do tool $first 1234 --write-object $name.der --type cert --id 09 --label CA; done
        openssl pkey -in ca.key -pubout -outform DER -out ca.pub
        tool $first 1234 --write-object ca.pub --type pubkey --id 09
        write $second 4321 rsa 01
        """

    /// A second home, `reader`, where p11-kit finds SoftHSM behind a library that is as a card reader may be: with a
    /// key pad, at the last try, without its card, without a mechanism; a file of that name makes it so. The first home
    /// has a library that can't be loaded, and SoftHSM twice.
    private static let reader = """
        mkdir -p .config/pkcs11/modules reader/.config/pkcs11/modules
        echo "module: /nonexistent/library.so" >.config/pkcs11/modules/broken.module
        cp \(SoftToken.path) again.so
        echo "module: $HOME/again.so" >.config/pkcs11/modules/again.module
        cp -r tokens reader/tokens
        echo "directories.tokendir = $HOME/reader/tokens" >reader/softhsm2.conf
        echo "module: $HOME/reader/reader.so" >reader/.config/pkcs11/modules/softhsm2.module
        cat >reader/reader.c <<'END'
        #include <dlfcn.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <unistd.h>
        #include <p11-kit/pkcs11.h>
        static CK_FUNCTION_LIST list, *real;
        static int is(const char *name) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", getenv("HOME"), name);
            return !access(path, F_OK);
        }
        static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
            CK_RV value = real->C_GetTokenInfo(slot, info);
            if (is("last-try")) info->flags |= CKF_USER_PIN_FINAL_TRY;
            if (is("pad")) info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
            return value;
        }
        static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG count) {
            if (is("removed")) return CKR_DEVICE_REMOVED;
            if (!is("pad")) return count ? real->C_Login(session, user, pin, count) : CKR_ARGUMENTS_BAD;
            if (is("escape")) return CKR_FUNCTION_CANCELED;
            return pin ? CKR_ARGUMENTS_BAD : real->C_Login(session, user, (CK_UTF8CHAR *)"1234", 4);
        }
        static CK_RV mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info) {
            if (type == CKM_RSA_PKCS_PSS && is("no-pss")) return CKR_MECHANISM_INVALID;
            return real->C_GetMechanismInfo(slot, type, info);
        }
        CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out) {
            void *library = dlopen("\(SoftToken.path)", RTLD_NOW | RTLD_LOCAL);
            CK_RV value = ((CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList"))(&real);
            list = *real;
            list.C_GetTokenInfo = token_info;
            list.C_Login = login;
            list.C_GetMechanismInfo = mechanism_info;
            *out = &list;
            return value;
        }
        END
        gcc -shared -fPIC -o reader/reader.so reader/reader.c $(pkg-config --cflags p11-kit-1)
        """
}

/// A folder made by scripts for `sh`, each of which is run there and finds it as its home.
func makeHome(_ name: String, _ scripts: [String]) throws -> String {
    let folder = NSTemporaryDirectory() + "clave-\(name)-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let environment = ["HOME": folder, "PATH": "/usr/bin:/bin", "SOFTHSM2_CONF": folder + "/softhsm2.conf"]
    for script in scripts {
        let made = runProgram("/bin/sh", ["-ec", "cd \"$HOME\"\n" + script], environment: environment)
        try #require(made.code == 0, "\(made)")
    }
    // To root, p11-kit reads no configuration of its own: the tests become another user, whose home this is.
    if getuid() == 0 {
        try #require(runProgram("/bin/chown", ["-R", "65534:65534", folder], environment: [:]).code == 0)
    }
    return folder
}

// MARK: In a process of its own

/// Makes this process one of the person whose home it is.
func enter(_ home: String) throws {
    setenv("HOME", home, 1)
    setenv("SOFTHSM2_CONF", home + "/softhsm2.conf", 1)
    unsetenv("XDG_CONFIG_HOME")
    if getuid() == 0 { try #require(setgid(65534) == 0 && setuid(65534) == 0) }
}
