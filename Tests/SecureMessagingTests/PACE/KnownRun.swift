/// A whole run of PACE whose every number is known: AES-128, brainpoolP256r1.
struct KnownRun: Sendable {
    let nonce: String
    let terminalMapping: String
    let terminalAgreement: String
    let cardMapping: String
    let cardAgreement: String
    let encryption: String
    let authentication: String
    /// Commands and answers, in hexadecimal.
    let messages: [(String, String)]

    /// ICAO Doc 9303-11, appendix G.1; the password is the machine readable zone there.
    static let icao = KnownRun(
        nonce: "3f00c4d39d153f2b2a214a078d899b22",
        terminalMapping: "7f4ef07b9ea82fd78ad689b38d0bc78cf21f249d953bc46f4c6e19259c010f99",
        terminalAgreement: "a73fb703ac1436a18e0cfa5abb3f7bec7a070e7a6788486bee230c4a22762595",
        cardMapping: "498ff49756f2dc1587840041839a85982be7761d14715fb091efa7bce9058560",
        cardAgreement: "107cf58696ef6155053340fd633392ba81909df7b9706f226f32086c7aff974a",
        encryption: "f5f0e35c0d7161ee6724ee513a0d9a7f",
        authentication: "fe251c7858b356b24514b3bd5f4297d1",
        messages: [
            (
                "0022c1a412800a04007f0007020204020283010184010d",
                "9000"
            ),
            (
                "10860000027c0000",
                "7c12801095a3a016522ee98d01e76cb6b98b42c39000"
            ),
            (
                "10860000457c438141047acf3efc982ec45565a4b155129efbc74650dcbfa6362d896fc70262e0c2cc5e544552dcb672"
                    + "5218799115b55c9baa6d9f6bc3a9618e70c25af71777a9c4922d00",
                "7c43824104824fba91c9cbe26bef53a0ebe7342a3bf178cea9f45de0b70aa601651fba3f5730d8c879aaa9c9f73991e6"
                    + "1b58f4d52eb87a0a0c709a49dc63719363ccd13c549000"
            ),
            (
                "10860000457c438341042db7a64c0355044ec9df190514c625cba2cea48754887122f3a5ef0d5edd301c3556f3b3b186"
                    + "df10b857b58f6a7eb80f20ba5dc7be1d43d9bf850149fbb3646200",
                "7c438441049e880f842905b8b3181f7af7caa9f0efb743847f44a306d2d28c1d9ec65df6db7764b22277a2eddc3c265a"
                    + "9f018f9cb852e111b768b326904b59a0193776f0949000"
            ),
            (
                "008600000c7c0a8508c2b0bd78d94ba86600",
                "7c0a86083abb9674bce93c089000"
            ),
        ])

    /// Computed by an independent script of this project: card access number 123456.
    static let can = KnownRun(
        nonce: "000102030405060708090a0b0c0d0e0f",
        terminalMapping: "1111111111111111111111111111111111111111111111111111111111111111",
        terminalAgreement: "3333333333333333333333333333333333333333333333333333333333333333",
        cardMapping: "2222222222222222222222222222222222222222222222222222222222222222",
        cardAgreement: "4444444444444444444444444444444444444444444444444444444444444444",
        encryption: "0be7637b1e344aad99fa5b59507b1cee",
        authentication: "88e5b4c50693179f928be0020db51140",
        messages: [
            (
                "0022c1a412800a04007f0007020204020283010284010d",
                "9000"
            ),
            (
                "10860000027c0000",
                "7c1280109d754759327ff43370e2ff559aaf37b89000"
            ),
            (
                "10860000457c438141040117a18051447117d2d529054ef0136e8ff6bd2602f2f8aba5ab3d74e72aaa7060bc4efa21f1"
                    + "2bf007ee36dae9720975e2f54cda9ceb403a241fa977124b1aa200",
                "7c438241046674461d273a4ee6d2cededa425696ddfdd8cbbe0e36ce9244ec611fe027b5312e6d0798f28b235c9bdbc9"
                    + "6ae40e4c5695f1f07f2489cacea981ec0e83bb9de59000"
            ),
            (
                "10860000457c4383410455fbf99031606eea33345624e825a57f0526c9673fbb4444dcf6ec44ae63cfb74017e1fb813c"
                    + "5c34575ff810c2799fcab9d7374ce26c94f9b65d71277d7403d900",
                "7c43844104a8119494ad05d2fe65bf88febbd65bd59b909d73f1e8fa9ad0a0f8bcdcca424a41693b06858c890d8995eb"
                    + "af18c80100e2df39a4232d4bf3a1328fcf4e5ad8ad9000"
            ),
            (
                "008600000c7c0a8508cba4d0c5121dbadd00",
                "7c0a860816f559063ff3c68e9000"
            ),
        ])
}
