import Foundation
import Glibc
import TestSupport
import Testing

/// Plugins in plain C, compiled by the test and met by the whole agent: whatever they do costs an error message.
@Suite struct `A plugin` {
    /// Compiles `body` as the `activate` of a plugin "guest" in a folder that the agent searches.
    private func world(_ body: String, before: String = "", table: String = "") throws -> World {
        let world = try World(agent: false)
        let folder = world.folder + "/plugins"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        chmod(folder, 0o700)
        let source = """
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <unistd.h>
            #include "clave_plugin.h"
            \(before)
            static int activate(const struct clave_host *host, const char *reference, struct clave_result *result) {
                \(body)
            }
            static struct clave_plugin plugin = {
                sizeof plugin, CLAVE_PLUGIN_ABI, "guest", "Guest", "1", NULL, activate, NULL };
            const struct clave_plugin *clave_plugin_v1(void) { \(table) return &plugin; }
            """
        try source.write(toFile: folder + "/guest.c", atomically: true, encoding: .utf8)
        let compiled = world.run(
            "/usr/bin/cc",
            ["-fPIC", "-shared", "-I", header, "-o", folder + "/guest.so", folder + "/guest.c"])
        #expect(compiled.code == 0, "\(compiled.errors)")
        chmod(folder + "/guest.so", 0o755)
        try world.startAgent(environment: ["CLAVE_PLUGIN_PATH": folder])
        return world
    }

    private var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }
    private var header: String { root.appending(path: "Sources/ClavePluginABI").path }

    /// An activation offered by the sandbox under the plugin's name would be needed to go further: the gateway is asked
    /// first which methods it offers, so the guest takes the place of `sms`.
    private func activate(_ world: World) throws -> Outcome {
        let folder = world.folder + "/plugins"
        try? FileManager.default.removeItem(atPath: folder + "/sms.so")
        let source = try String(contentsOfFile: folder + "/guest.c", encoding: .utf8)
            .replacingOccurrences(of: "\"guest\"", with: "\"sms\"")
        try source.write(toFile: folder + "/guest.c", atomically: true, encoding: .utf8)
        let built = world.run(
            "/usr/bin/cc", ["-fPIC", "-shared", "-I", header, "-o", folder + "/sms.so", folder + "/guest.c"])
        #expect(built.code == 0, "\(built.errors)")
        chmod(folder + "/sms.so", 0o755)
        return world.run("clave-add", ["-m", "sms"])
    }

    private func expectUnharmed(_ world: World) {
        #expect(world.run("clave-add", ["-s"]).code == 0)
        #expect(world.run("clave-add", ["-l"]).errors.contains("no identities"))
    }

    @Test(arguments: [
        ("*(volatile int *)0 = 1; return 0;", "crashed with signal 11"),
        ("abort();", "crashed with signal 6"), ("for (;;) pause();", "it hung"),
        ("exit(0);", "ended with 0 before it was done"),
        ("while (host->progress(host->context, \"x\") == 0) {} return 0;", "talks without end"),
        ("return CLAVE_OK;", "the gateway granted nothing"),
        ("return 77;", "failed"),
        ("result->count = 1000000; return 0;", "longer than it can be"),
        ("for (int i = 3; i < 300; i++) close(i); host->progress(host->context, \"x\"); return 0;", "failed"),
        (
            """
            struct clave_field f = { sizeof f, "a b", "x", 0, 1, 0, 9, 0, 0 }; uint8_t a[9]; size_t n;
            return host->ask(host->context, &f, a, 9, &n) == CLAVE_INVALID ? CLAVE_FAILED : CLAVE_OK;
            """, "failed"
        ),
        (
            """
            static char big[100000]; memset(big, 'x', sizeof big - 1);
            return host->progress(host->context, big) == CLAVE_INVALID ? CLAVE_FAILED : CLAVE_OK;
            """, "failed"
        ),
    ])
    func `that misbehaves costs an error message and the agent nothing`(body: String, words: String) throws {
        let world = try world(body)
        let refused = try activate(world)
        #expect(refused.code == 1)
        #expect(refused.errors.contains(words), "\(refused.errors)")
        expectUnharmed(world)
    }

    @Test(arguments: [
        ("plugin.abi = 9;", "another level"), ("plugin.size = 8;", "smaller than"), ("return NULL;", "gives no table"),
        ("plugin.name = \"other\";", "not that of its file"), ("plugin.title = \"\\xff\\xfe\";", "not UTF-8"),
        ("plugin.activate = NULL;", "can't activate"),
    ])
    func `whose table breaks the header is not run`(table: String, words: String) throws {
        let world = try world("return 0;", table: table)
        let refused = try activate(world)
        #expect(refused.code == 1)
        #expect(refused.errors.contains(words), "\(refused.errors)")
    }

    @Test func `that others could have changed is refused with the reason`() throws {
        let world = try world("return 0;")
        _ = try activate(world)
        chmod(world.folder + "/plugins/sms.so", 0o757)
        let writable = world.run("clave-add", ["-m", "sms"])
        #expect(writable.code == 1)
        #expect(writable.errors.contains("writable by others"))
        chmod(world.folder + "/plugins/sms.so", 0o755)
        if geteuid() == 0 {
            chown(world.folder + "/plugins/sms.so", 12345, 12345)
            #expect(world.run("clave-add", ["-m", "sms"]).errors.contains("belongs to another user"))
            chown(world.folder + "/plugins/sms.so", 0, 0)
        }
        // A link that leads out of the folder.
        rename(world.folder + "/plugins/sms.so", world.folder + "/elsewhere.so")
        symlink(world.folder + "/elsewhere.so", world.folder + "/plugins/sms.so")
        #expect(world.run("clave-add", ["-m", "sms"]).errors.contains("leads out of the plugin folder"))
    }

    @Test(arguments: [
        ("sizeof f", 600, "(09|10):[0-9]{2}"), ("sizeof f", 0, "(00|01):[0-9]{2}"),
        ("sizeof f", 30, "(00|01):[0-9]{2}"),
        // The member's place is not the plugin's, as one that was compiled with an older header knows.
        ("offsetof(struct clave_field, patience)", 600, "(00|01):[0-9]{2}"),
    ])
    func `has a code waited for as long as it says, and never less long than for any question`(
        size: String, seconds: Int, time: String
    ) throws {
        let world = try world(
            """
            struct clave_field f = { \(size), "word", "Your word", 0, 1, 0, 9, 0, 0, 0, \(seconds) };
            uint8_t a[9]; size_t n;
            return host->ask(host->context, &f, a, 9, &n) == CLAVE_OK ? CLAVE_FAILED : CLAVE_INVALID;
            """, before: "#include <stddef.h>")
        try world.answer(field: "word", "hello")
        _ = try activate(world)
        #expect(world.asked.contains(try Regex("Without an answer in \(time),")), "\(world.asked)")
    }

    @Test func `that waits longer than an hour for a person breaks the header`() throws {
        let world = try world(
            """
            struct clave_field f = { sizeof f, "word", "Your word", 0, 1, 0, 9, 0, 0, 0, CLAVE_PATIENCE_MAX + 1 };
            uint8_t a[9]; size_t n;
            return host->ask(host->context, &f, a, 9, &n) == CLAVE_INVALID ? CLAVE_FAILED : CLAVE_OK;
            """)
        #expect(try activate(world).errors.contains("failed"))
        #expect(!world.asked.contains("Your word"))
    }

    @Test func `of the code by SMS gives the person as long as the code lives`() throws {
        let world = try World()
        world.activate()
        #expect(world.asked.contains("Code received by SMS"))
        #expect(world.asked.contains(try Regex("Without an answer in (09|10):[0-9]{2},")), "\(world.asked)")
    }

    @Test func `in plain C of under a hundred lines is built and run`() throws {
        let world = try World(agent: false)
        let folder = world.folder + "/plugins"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        chmod(folder, 0o700)
        let example = root.appending(path: "contrib/example-plugin/example.c")
        let source = try String(contentsOf: example, encoding: .utf8)
        #expect(source.split(separator: "\n", omittingEmptySubsequences: false).count < 100)
        // In the place of the method that the sandbox offers, so that the conversation goes on to the gateway.
        let renamed = source.replacingOccurrences(of: ".name = \"example\"", with: ".name = \"sms\"")
        try renamed.write(toFile: folder + "/sms.c", atomically: true, encoding: .utf8)
        let built = world.run(
            "/usr/bin/cc",
            [
                "-std=c11", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-I", header, "-o", folder + "/sms.so",
                folder + "/sms.c",
            ])
        #expect(built.code == 0, "\(built.errors)")
        chmod(folder + "/sms.so", 0o755)
        try world.startAgent(environment: ["CLAVE_PLUGIN_PATH": folder])
        let script = """
            #!/bin/sh
            echo "$1" >>"$HOME/asked"
            case $CLAVE_PROMPT_KIND in field) echo word ;; *) echo 'a long passphrase' ;; esac
            """
        try writeProgram(script, to: world.folder + "/answer")
        let outcome = world.run("clave-add", ["-m", "sms", "-f", "name=Aina"])
        #expect(outcome.errors.contains("Thank you, Aina. Asking the gateway."))
        #expect(world.asked.contains("Your secret word"))
        // The sandbox does not know the step "hello", and the agent says so.
        #expect(outcome.code == 1)
        expectUnharmed(world)
    }
}
