import Foundation
import HandrailGenerated

extension CoreError {
    /// The stable code, like `not-saved`. Safe to log: it holds nothing of a person's.
    public var code: String {
        switch self {
        case .closed: "closed"
        case .alreadyOpen: "already-open"
        case .notEnrolled: "not-enrolled"
        case .needsInvite: "needs-invite"
        case .cutOff: "cut-off"
        case .appTooOld: "app-too-old"
        case .keyStoreUnavailable: "key-store-unavailable"
        case .notSaved: "not-saved"
        case .notFound: "not-found"
        case .notValid: "not-valid"
        case .tooLarge: "too-large"
        case .inviteRefused: "invite-refused"
        case .offline: "offline"
        case .loginWanted: "login-wanted"
        case .busy: "busy"
        case .cancelled: "cancelled"
        case .serverTrouble: "server-trouble"
        case .unexpected: "unexpected"
        }
    }

    /// The code of what exactly is wrong, where there is one, like `disk-full`.
    public var detail: String? {
        switch self {
        case .needsInvite(let reason): reason.code
        case .inviteRefused(let reason): reason.code
        case .notSaved(let detail), .serverTrouble(let detail), .notValid(let detail, _): detail
        default: nil
        }
    }

    /// What happened, whether anything is lost and what to do now, in plain words.
    ///
    /// - Parameter language: a language tag; English is spoken where there are no words in it.
    public func words(language: String) -> String {
        let words = Words(language: language)
        return detail.flatMap { words["\(code).\($0)"] } ?? words[code] ?? words["unexpected"] ?? code
    }
}

extension LossReason {
    /// The stable code, like `key-missing`.
    public var code: String {
        switch self {
        case .keyMissing: "key-missing"
        case .keyWrong: "key-wrong"
        case .storeDamaged: "store-damaged"
        }
    }
}

extension InviteRefusal {
    /// The stable code, like `wrong-code`.
    public var code: String {
        switch self {
        case .linkMalformed: "link-malformed"
        case .wrongCode: "wrong-code"
        case .used: "used"
        case .expired: "expired"
        case .revoked: "revoked"
        case .tampered: "tampered"
        case .wrongClinic: "wrong-clinic"
        }
    }
}

extension SyncOutcome {
    /// The stable code, like `up-to-date`.
    public var code: String {
        switch self {
        case .upToDate: "up-to-date"
        case .offline: "offline"
        case .loginWanted: "login-wanted"
        case .busy: "busy"
        case .refused: "refused"
        case .trouble: "trouble"
        case .cancelled: "cancelled"
        case .running: "running"
        case .cutOff: "cut-off"
        case .accountClosed: "account-closed"
        }
    }

    /// How the sync ended and what that means, in plain words.
    ///
    /// - Parameter language: a language tag; English is spoken where there are no words in it.
    public func words(language: String) -> String {
        Words(language: language)["sync.\(code)"] ?? code
    }
}

/// The words of one language, from this package's resources.
struct Words {
    /// Languages that have words.
    static let languages = ["en", "es"]

    /// Words by key.
    let table: [String: String]

    /// The words of a language as phones name it, like `es-MX`; English where there are none.
    init(language: String) {
        let name = language.lowercased().prefix { $0 != "-" && $0 != "_" }
        table = Self.all[String(name)] ?? Self.all["en"] ?? [:]
    }

    subscript(key: String) -> String? { table[key] }

    /// Every table, read once.
    private static let all = Dictionary(uniqueKeysWithValues: languages.map { ($0, read($0)) })

    private static func read(_ language: String) -> [String: String] {
        let file = Bundle.module.url(
            forResource: "Errors", withExtension: "strings", subdirectory: nil, localization: language)
        guard let file, let bytes = try? Data(contentsOf: file) else { return [:] }
        let table = try? PropertyListSerialization.propertyList(from: bytes, format: nil)
        return table as? [String: String] ?? [:]
    }
}
