import HandrailGenerated

/// Why a call did not do what it says. Nothing was changed.
///
/// Each case is something an app does differently. `code` is stable, for logs and tests; what a person reads
/// comes from `words(language:)`.
public enum CoreError: Error, Equatable, Sendable {
    /// The core was closed.
    case closed
    /// Another process, or another core, has this folder open.
    case alreadyOpen
    /// The phone has not been enrolled.
    case notEnrolled
    /// The phone's data cannot be opened: ask for a new invite. Help still works.
    case needsInvite(LossReason)
    /// Staff cut this phone off and its data is gone. Help still works.
    case cutOff
    /// The data was written by a newer app: update this one.
    case appTooOld
    /// The key store does not answer now: try again after the phone was unlocked.
    case keyStoreUnavailable
    /// The disk did not take it; `detail` is `disk-full` or `disk-error`.
    case notSaved(detail: String)
    /// No such check-in, homework, plan or piece.
    case notFound
    /// What was entered does not fit; `detail` is the code of what is wrong, `item` the question.
    case notValid(detail: String, item: String?)
    /// More than an entry takes: not saved.
    case tooLarge
    /// The invite did not work.
    case inviteRefused(InviteRefusal)
    /// No answer from the clinic's server.
    case offline
    /// The network wants a login first.
    case loginWanted
    /// The server asks to wait for so many milliseconds.
    case busy(retryAfterMs: UInt64)
    /// The call was cancelled.
    case cancelled
    /// The server answered something that this app does not understand; `detail` is a code.
    case serverTrouble(detail: String)
    /// A fault in the core itself. A bug: nothing that a person did.
    case unexpected

    init(_ error: any Error) {
        switch error as? CompanionError {
        case .Closed: self = .closed
        case .AlreadyOpen: self = .alreadyOpen
        case .NotEnrolled: self = .notEnrolled
        case .NeedsInvite(let reason): self = .needsInvite(reason)
        case .CutOff: self = .cutOff
        case .AppTooOld: self = .appTooOld
        case .KeyStoreUnavailable: self = .keyStoreUnavailable
        case .NotSaved(let code): self = .notSaved(detail: code)
        case .NotFound: self = .notFound
        case .NotValid(let code, let item): self = .notValid(detail: code, item: item)
        case .TooLarge: self = .tooLarge
        case .InviteRefused(let reason): self = .inviteRefused(reason)
        case .Offline: self = .offline
        case .LoginWanted: self = .loginWanted
        case .Busy(let retryAfterMs): self = .busy(retryAfterMs: retryAfterMs)
        case .Cancelled: self = .cancelled
        case .ServerTrouble(let code): self = .serverTrouble(detail: code)
        case nil: self = .unexpected
        }
    }

    /// The result of a generated call, with its error made one of ours.
    static func from<Value>(_ call: () throws -> Value) throws(CoreError) -> Value {
        do {
            return try call()
        } catch {
            throw CoreError(error)
        }
    }
}
