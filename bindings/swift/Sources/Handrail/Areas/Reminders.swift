import HandrailGenerated

extension Core {
    /// Reminders, and why one is not there.
    public nonisolated var reminders: Reminders { Reminders(core: self) }
}

/// Reminders: planned here, held by the phone's system, and a reason for each that is not there.
///
/// The calls wait for their turn like any other, so they may be made from wherever a wake comes in.
public struct Reminders: Sendable {
    let core: Core

    /// Plans the reminders and hands them to the system. To be called at every start of the app, on a wake,
    /// after a restart, and when zone, clock, permission or settings changed, a check-in was handed in or a
    /// reminder put off. Sync does the same again by itself, with the newest `means` and `armer`.
    ///
    /// - Parameters:
    ///   - means: what the phone's system can do now.
    ///   - armer: called on the store's queue, and on the network's during sync, one call at a time. It must not wait for another call of this
    ///     core but `help`. Whatever it throws means "not taken": tried again next time.
    @discardableResult
    public func refresh(_ means: ReminderMeans, armer: any ReminderArmer) async throws(CoreError) -> ReminderRefresh {
        let done = try await core.store { try $0.refreshReminders(means: means, armer: armer) }
        core.told.tell(.reminders)
        return done
    }

    /// Every reminder with its state and reason, by time.
    ///
    /// - Parameter language: of the words, like `es-US`.
    public func report(language: String) async throws(CoreError) -> [ReminderLine] {
        try await core.store { try $0.reminderReport(language: language) }
    }

    /// What the app saw of a notification.
    public func note(_ id: String, event: ReminderEvent) async throws(CoreError) {
        try await core.store { try $0.noteReminder(id: id, event: event) }
        core.told.tell(.reminders)
    }

    /// Puts a notification off to the next free time; call `refresh` next.
    public func snooze(_ id: String) async throws(CoreError) {
        try await core.store { try $0.snoozeReminder(id: id) }
        core.told.tell(.reminders)
    }

    /// What the person set.
    public func settings() async throws(CoreError) -> ReminderSettings {
        try await core.store { try $0.reminderSettings() }
    }

    /// Sets it; call `refresh` next.
    public func setSettings(_ settings: ReminderSettings) async throws(CoreError) {
        try await core.store { try $0.setReminderSettings(settings: settings) }
        core.told.tell(.reminders)
    }
}
