#if os(Linux)
    import Foundation
    import TestClinic
    import Testing

    @testable import Handrail

    extension HandrailTests {
        /// Opening, syncing and closing again and again leaves nothing behind.
        @Suite struct Leaks {
            /// What this process holds. Rust holds one key store for each object of its own, so their number
            /// is the number of Rust's objects, too.
            struct Held: Equatable {
                let files = Held.count("/proc/self/fd") { _ in true }
                let couriers = Held.count("/proc/self/task") { task in
                    let name = try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)
                    return name?.hasPrefix("handrail-sync") == true
                }
                let objects = TestKeyStore.live.with { $0 }
                let armers = TestArmer.live.with { $0 }

                /// Files and threads of what ran before may still go; nothing may come.
                func isNoMore(than before: Held) -> Bool {
                    files <= before.files && couriers <= before.couriers
                        && objects == before.objects && armers == before.armers
                }

                private static func count(_ folder: String, _ counted: (String) -> Bool) -> Int {
                    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
                    return names.filter(counted).count
                }
            }

            @Test func aHundredLivesLeaveNothing() async throws {
                try await withWorld { world in
                    await world.core.close()
                    let pocket = world.pocket
                    try await live(pocket, times: 5)
                    let before = try await settled()
                    #expect(before.files > 0 && before.objects > 0)
                    try await live(pocket, times: 100)
                    #expect(try await eventually { Held().isNoMore(than: before) }, "\(before) then \(Held())")

                    // The control: what is kept on purpose is seen, and gone when it is let go.
                    var kept: [Core] = []
                    for _ in 0..<10 {
                        let own = try Pocket(place: pocket.place.appendingPathComponent(UUID().uuidString))
                        kept.append(try await own.open())
                    }
                    let leaking = try await settled()
                    #expect(leaking.objects == before.objects + 10)
                    #expect(leaking.files >= before.files + 10)
                    for core in kept { await core.close() }
                    #expect(try await eventually { Held().files <= before.files }, "closing frees the files")
                    kept = []
                    #expect(try await eventually { Held().isNoMore(than: before) }, "\(before) then \(Held())")
                }
            }

            @Test func aCoreThatIsLetGoWithoutClosingIsFreed() async throws {
                try await withPocket { pocket in
                    let before = try await settled()
                    weak var gone: Core?
                    for _ in 0..<20 {
                        let own = try Pocket(place: pocket.place.appendingPathComponent(UUID().uuidString))
                        let core = try await own.open()
                        gone = core
                        #expect(await core.standing() == .notEnrolled)
                    }
                    #expect(try await eventually { gone == nil && Held().isNoMore(than: before) })
                }
            }

            @Test func whatCannotBeOpenedLeavesNothing() async throws {
                try await withPocket { pocket in
                    await (try pocket.open()).close()
                    let before = try await settled()
                    for _ in 0..<50 {
                        let keys = TestKeyStore(failure: KeyStoreError.Unavailable)
                        await #expect(throws: CoreError.keyStoreUnavailable) {
                            try await Core.open(folder: pocket.folder, keyStore: keys, zone: Pocket.zone)
                        }
                    }
                    #expect(try await eventually { Held().isNoMore(than: before) }, "\(before) then \(Held())")
                }
            }

            /// A sync may have to take something back: the core keeps the armer of the newest refresh, and no other.
            @Test func onlyTheNewestArmerIsHeld() async throws {
                try await withWorld { world in
                    let before = TestArmer.live.with { $0 }
                    var kept: [TestArmer] = []
                    for number in 0..<20 {
                        let armer = TestArmer()
                        armer.fail(number % 4 == 0 ? TestArmer.Odd() : nil)
                        try await world.core.reminders.refresh(means(), armer: armer)
                        #expect(armer.log.isEmpty == (number % 4 == 0), "it was called")
                        if number >= 10 && number < 19 { kept.append(armer) }
                    }
                    // The control: what is kept on purpose is seen.
                    #expect(try await eventually { TestArmer.live.with { $0 } == before + 10 })
                    kept = []
                    #expect(try await eventually { TestArmer.live.with { $0 } == before + 1 })
                    await world.core.close()
                    #expect(try await eventually { TestArmer.live.with { $0 } == before })
                }
            }

            private func live(_ pocket: Pocket, times: Int) async throws {
                for number in 0..<times {
                    let keys = TestKeyStore(key: pocket.keys.key)
                    let core = try await Core.open(folder: pocket.folder, keyStore: keys, zone: Pocket.zone)
                    _ = try await core.today()
                    try await core.reminders.refresh(means(), armer: TestArmer())
                    if number % 10 == 0 { #expect(try await core.sync.now().outcome == .upToDate) }
                    await core.close()
                }
            }

            /// What is held once closed connections and their threads have ended.
            private func settled() async throws -> Held {
                var last = Held()
                var same = 0
                _ = try await eventually {
                    let now = Held()
                    same = now == last ? same + 1 : 0
                    last = now
                    return same == 20
                }
                return last
            }
        }
    }
#endif
