/// The two key sets of the terminal, for the DNIe.
///
/// The card insists on a terminal with one of these keys, so each driver of the DNIe carries them, **the private ones
/// too: they are no secret**, and who has them proves nothing. They are published in OpenSC
/// (`src/libopensc/cwa-dnie.c`) and in the government's jmulticard (`card/dnie/Dnie*Cwa14890Constants.java`), byte by
/// byte the same in both; the second set's root is in OpenSC alone.
extension CWAKeySet {
    /// DNIe 1.0 and 2.0, and 3.0 with a support number before `BMP100001`.
    public static let first = CWAKeySet(
        root: firstRoot, name: "AC RAIZ COMPONENTES", authorityCertificate: firstAuthority,
        authorityReference: CWABytes.of("6573534449600006"),
        user: firstUser, pin: firstPIN)

    /// `AC RAIZ COMPONENTES`.
    private static let firstRoot = CWAPublicKey(
        modulus: CWABytes.of(
            """
            eadeda455332945039daa404c8ebc4d3b7f5dc869283cdea2f101e2ab54fb0d0b03d8f030daf2458028288f54ce552f8
            fa57ab2fb103b112427e11131d1d27e10a5b500eaae5d940301e30eb26c3e9066b257156ed639d70ccc090b863afbb3b
            fed8c17be7673034b9823e977ed657252927f9575b9fff6691db64f80b5e92cd
            """))!

    private static let firstAuthority = CWABytes.of(
        """
        7f2181ce5f3781803cbadc3684bef32041ad155089258dfd20c69115d72f9c38aa99ad6c1aedfab2bfac9092fc70ccc0
        0caf482a4be31afdbd3cbc8c8382cf06bc0719baabb56b6ec80760a4a93fa2d7c347f34427f9ff5c8de6d65dac95f2f1
        9dac0053df11a507fb625eeb8da4c0299e4a2112ab7047588b8d6da7592214f2dba140c7d122579b5f383d2253c8b9cb
        5bc3543a55660bda80946afb0525e8e5586b4e63e89241497836d8d3ab088cd44c214d6ac856e2a007f44f8374333737
        1add8e030001000142086573524449600006
        """)

    private static let firstUser = CWATerminalKey(
        serial: CWABytes.of("2000000000000001"),
        certificate: CWABytes.of(
            """
            7f2181cd5f378180825b69c6451e5f517074385f2f17d64dfe2e68567567094b57f3c578e830e425572de828faf4de1b
            01c394e345c2fb0629a393492f94f570b00b1d677729f755d107022bb0a116e1d7d7659db5c4ac0ddeab07ff045f37b5
            daf1732b54eab238a2ce17c9794187759cea9f92a17805a27c1015ec56cc7e471a488e6f1b91f7aa5f383cadfc12e856
            b202346af8226b1a882137dc3c5a57f0d2815c1fcd4bb46fa9157fdffd79ec3a10a824ccc1eb3ce0b6b4396ae2365900
            16ba690001000142086573534449600006
            """),
        modulus: CWABytes.of(
            """
            db2cb41e112bacfa2bd7c3d3d7967e84fb9434fc261f9d090a8983947daf8488d3df8fbdcc1f92493585e134a1b42de5
            19f463244d7ed384e26d516cc7a4ff7895b1992140043aacadfc12e856b202346af8226b1a882137dc3c5a57f0d2815c
            1fcd4bb46fa9157fdffd79ec3a10a824ccc1eb3ce0b6b4396ae236590016ba69
            """),
        publishedExponent: CWABytes.of(
            """
            18b44a3d155c61ebf4e3261c8bb157e36f63fe30e9af28892b59e2adeb18cc8c8bad284b9165819ca4dec94aa06b69bc
            e81706d1c1b668eb128695e5f7fede18a908a3011a646a481d3ea71d8a387d474609bd57a882b182e047de80e04b4221
            416bd39dfa1fac0300641962adb109e28caf50061b68c9cabd9b00313c0f46ed
            """))

    private static let firstPIN = CWATerminalKey(
        serial: CWABytes.of("4000000000000001"),
        certificate: CWABytes.of(
            """
            7f2181cd5f37818069c4e494f008e24214b1c131b61fce9c15fa3cb061dd6f02d8a2cd30d72fb6df899af15b717821bf
            b1af7d7585016d8c36af4ac2a0b0c52ad65b69256731c34d59020e87ab73a230fa69ee82b33a31df040ce90f0afc3a11
            1d35da9566a8cdabea0e3f7594c440d374507a94355759b39ec5e5fcb8038d793d5f9ba8b5b10b705f383c4c8691c7be
            2fd8c123660e9865e14f19dffbb7ff3808c9f204e797d06dd8333ac58386ee4eb61e20eca7ef38d5b05eb115966a5a89
            ad58a50001000142086573534449600006
            """),
        modulus: CWABytes.of(
            """
            f427978da159ba0279308a6c6a89505ada5a67c3da2679eaf4a1b0119edd4df46e78042471a9d1301d3fb28f38c57d08
            89f731db8eddbc1367c134e1e947786b8ec8e4b9ca6aa7c24c8691c7be2fd8c123660e9865e14f19dffbb7ff3808c9f2
            04e797d06dd8333ac58386ee4eb61e20eca7ef38d5b05eb115966a5a89ad58a5
            """),
        publishedExponent: CWABytes.of(
            """
            d27a03237c722e718d69f41aec68bd95e4e0c4cd49159c4a99637db662fea30251ed329cfc4389eb717b850204cdf330
            d646fc7b2b1929d68cbe39497b623a82c7641ac34879573dea0dabc7ca309ae4b3eddafaee55d542f780230351e75e7f
            32dc652ef1ed47a51c18d9df9ff48d878db622ea6e9370e9c63b358b7c115aa1
            """))

    /// DNIe 3.0 from the support number `BMP100001` on, and 4.0.
    public static let second = CWAKeySet(
        root: secondRoot, name: "AC RAIZ COMPONENTES 2", authorityCertificate: secondAuthority,
        authorityReference: CWABytes.of("6573534449620018"),
        user: secondUser, pin: secondPIN)

    /// `AC RAIZ COMPONENTES 2`.
    private static let secondRoot = CWAPublicKey(
        modulus: CWABytes.of(
            """
            b972345e35bcdd12dc2c8e85f62297979f122bb7c9c3ed13a0c4eb5934e70cd6d00c540618386e42f2ba0089c0dd800e
            ba783bdc9d93d9fbfc3c169f9af64e80100fc687cca562e7fc84d11292c2404c59b8a860d39e2d66547dc7b2d48ca789
            814f43062634e3e0c0d6bf5f54ba1d9c466445831dcdeab08708f3f6220e0775
            """))!

    private static let secondAuthority = CWABytes.of(
        """
        7f2181ce5f3781807aa06c965e8fb21961cfd449d09b9daf03047301156970b773f19c40f127d338e3c135eb2120566d
        c6f9f745ffb8f8e2b61ee8166ffd06d28cb48c152a1fa4f7e9f609d75276331cb700b84e36ac8a0a7774468c3cf3d147
        a49c976e17ab02da03ea4ac151777edfbc35c27d56fba685756ed652851dfde701bf874992dd4de85f383d33e3d52a4b
        0940e390cd1a641fea2e9cdd79d3872dd6c508d5ef239cb07eb55568ce188b6513acb88414c9adf7a64e2cc0b314d127
        54aeee670001000142086573524449620018
        """)

    private static let secondUser = CWATerminalKey(
        serial: CWABytes.of("d002e00000000002"),
        certificate: CWABytes.of(
            """
            7f2181cd5f3781805da94b6b4eb861eca636d2673974711f55630f5b89038c57d0bbbbc1d2c68cc3eb56d5303800f5a9
            f5e2967fdf28917bafc88763b8ec2c0ebe7acb0ba4afbfe66db2a1eda13e4564f78e65586e510176f11c4c99364aaf18
            97d11bf98e9d1d0a12d06aab75764aa8dc858df0f003eb8b4b3b56f5f95fa637537519e4c65510f75f383c602dd4ba04
            dbc9858845e6a9c4055bc5bfa0eddb866789f0ec6a80fce53c6608dfdc9b9fe2ed56752cc605513ba3f1759cdd952275
            3f18d70001000142086573534449620018
            """),
        modulus: CWABytes.of(
            """
            bdefdb84ece698b8287f7fe6296d8072983a1b3d3b9f57ad984fba78581fff52e93d896bf56225e9f82e969514006998
            2e5b5bce37ad73164502d8acbd605f69124a3cf5afe4b018602dd4ba04dbc9858845e6a9c4055bc5bfa0eddb866789f0
            ec6a80fce53c6608dfdc9b9fe2ed56752cc605513ba3f1759cdd9522753f18d7
            """),
        publishedExponent: CWABytes.of(
            """
            a0515593d4362b8fbdb728a8882d422ef7a88c175a3cfbcfadf115eec04b79c26cd6a128bbbd354d504b5a94c886349a
            dbfe06f67fee6a66d0a73f66468e92d873b68ee2cb47b1a15a2aa7d8c6ce8f3f14930d56b6327f56cb215469a57a1ee0
            188fd6d26d83a380a6abd3a89f1b63c499819046536935adb2db3c17ccbdaa51
            """))

    private static let secondPIN = CWATerminalKey(
        serial: CWABytes.of("d002e00000000004"),
        certificate: CWABytes.of(
            """
            7f2181cd5f3781800a3db4d15798f234f631fd94c91d2a6363d0e18e1b56dabde622bc201fd7c7ff59ff66da6e434fe2
            f7f46e42e4a606ea8239ac1ac30c7dade22965df606d115e04c8effc772b8f5d48773e34955f33f464ed85cc0eb1bc57
            2afaba4725fbf5bdcf1d8c38c9fe9cd8536f340bce141df5187fa2e2372d73bc7f8948350cbadef25f383c0dcc888d47
            96543f03254f4e2cdf98b1e12611e3981f5333df98c886019375840fac61db8f1ba3b543dcea3d059e6a414f6dd29fc7
            c99d8b0001000142086573534449620018
            """),
        modulus: CWABytes.of(
            """
            df03930d4f1d9715ebb00fbdae48af9c9dbfd699cab0bdbe5cdb0134000e462e713ae97a2f7e20afbf84d3ce734fe215
            757aafa1e89e6457eae2e808110373e256563494fb5d104f0dcc888d4796543f03254f4e2cdf98b1e12611e3981f5333
            df98c886019375840fac61db8f1ba3b543dcea3d059e6a414f6dd29fc7c99d8b
            """),
        publishedExponent: CWABytes.of(
            """
            866f0f2c0caf17ae7d1eeabe3adb521124fec98c77a4c71c83b8f926b189e94081bd3395161ffff031910e64fb1a027d
            510e1de589e64132c642f60036d14ffed5d0ce1f45e7116f13c4e6388e25dd43835778058573dc29ad6a3732716d0811
            24b7525140b1ddabe251a4980cc5c03a86a82d174fb7a81d248d7caa2b3d61d1
            """))
}
