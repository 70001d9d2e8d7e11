import Foundation
import HandrailGenerated

/// The phone's core: everything an app of Handrail asks and does.
///
/// One object for each folder; close it before another one opens that folder. Every call leaves the caller's
/// thread: the store has a lane of its own, and so have `enrol` and `sync`, so that nothing ever waits for
/// the network but those two. `help` waits for nothing at all.
///
/// Identifiers are text, instants are epoch milliseconds, dates are `2026-11-21`, zones IANA names.
public actor Core {
    let phone: PhoneCore
    let network: NetworkLane
    let told = Changes()
    private let lane: StoreLane

    /// The actor runs on the store's lane.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private init(phone: PhoneCore, lane: StoreLane) {
        self.phone = phone
        self.lane = lane
        network = NetworkLane(phone: phone)
    }

    /// Opens the phone's folder, making it when it is not there.
    ///
    /// - Parameters:
    ///   - folder: a folder of its own, left out of backups.
    ///   - keyStore: keeps the key of the database; see `KeyStore`.
    ///   - zone: the phone's IANA zone now.
    /// - Throws: `alreadyOpen`, `keyStoreUnavailable`, `notValid` (the zone), `notSaved`, `appTooOld`. What
    ///   else stands in the way of the phone's data is told by `standing()`, since help must go on.
    public static func open(
        folder: URL, keyStore: any KeyStore, zone: String
    ) async throws(CoreError) -> Core {
        let lane = StoreLane(label: "app.handrail.store")
        let phone = try await lane.run { () throws(CoreError) in
            try CoreError.from { try PhoneCore.openFolder(dir: folder.path, keyStore: keyStore, zone: zone) }
        }
        return Core(phone: phone, lane: lane)
    }

    /// Ends what is under way and closes the folder. Every later call but `help` and `standing` gives
    /// `closed`; closing again does nothing.
    public func close() async {
        await network.close()
        phone.shutDown()
        told.tell(.standing)
        told.finish()
    }

    /// What changed from now on; a stream of its own for each reader.
    public nonisolated var changes: AsyncStream<Change> { told.stream() }

    /// Help, with the program's own phone once that is known. Answers at once, whatever else goes on.
    ///
    /// - Parameter country: ISO 3166-1 alpha-2, like `US`.
    public nonisolated func help(country: String) -> Help {
        phone.help(country: country)
    }

    /// Tells the clinic that the patient needs help now; staff see it like a positive safety answer. Saved when
    /// this returns: show `help` first, sync at once, and show what this answers beside help. Nobody watches
    /// around the clock. Said again within ten minutes it is told once.
    public func askForHelp() throws(CoreError) -> SafetyNotice {
        let notice = try store { try $0.askForHelp() }
        told.tell(.sync)
        return notice
    }

    /// Help without a core: no store, no enrolment, no network.
    ///
    /// - Parameters:
    ///   - country: ISO 3166-1 alpha-2, like `US`.
    ///   - language: BCP 47, like `es-US`; English where there are no words in it.
    public static nonisolated func helpAnywhere(country: String, language: String = "en") -> Help {
        HandrailGenerated.helpAnywhere(country: country, language: language)
    }

    /// What was armed last, for a phone that was restarted and not yet unlocked: times and neutral text.
    /// Blocks for one small file.
    ///
    /// - Parameter folder: the `earlyFolder` of `ReminderMeans`, or the phone's own.
    public static nonisolated func armedBeforeUnlock(folder: URL) -> [ArmedReminder] {
        HandrailGenerated.armedBeforeUnlock(folder: folder.path)
    }

    /// How the phone stands.
    public func standing() -> Standing {
        phone.standing()
    }

    /// The phone is in another zone now.
    public func setZone(_ zone: String) throws(CoreError) {
        try store { try $0.setZone(zone: zone) }
        told.tell(Change.allCases)
    }

    /// The language that the app shows, like `es-US`: check-ins are asked and notes are told in it where there
    /// are words in it, else in English. English until this is called.
    public func setLanguage(_ language: String) throws(CoreError) {
        try store { phone in
            guard phone.standing() != .closed else { throw CompanionError.Closed }
            phone.setLanguage(language: language)
        }
        told.tell(Change.allCases)
    }

    /// The home screen of a patient's phone.
    public func today() throws(CoreError) -> TodayView {
        try store { try $0.today() }
    }

    /// Sessions from now on, for so many days.
    public func sessions(days: UInt16) throws(CoreError) -> [SessionView] {
        try store { try $0.sessions(days: days) }
    }

    /// Visits used and left, and the hours of this week.
    public func visits() throws(CoreError) -> VisitsView {
        try store { try $0.visits() }
    }

    /// Makes one call on the store's lane.
    func store<Value>(_ work: @Sendable (PhoneCore) throws -> Value) throws(CoreError) -> Value {
        try CoreError.from { try work(phone) }
    }
}
