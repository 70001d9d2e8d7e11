import Foundation

@testable import Handrail

#if canImport(Glibc)
    import Glibc
    private let stream = Int32(SOCK_STREAM.rawValue)
#else
    import Darwin
    private let stream = SOCK_STREAM
#endif

/// A server on the loopback that is not the clinic's: a hotel's login page, a broken one, a silent one.
final class RogueServer: Sendable {
    /// What it does with a request.
    enum Manner: Sendable {
        case answers(status: Int, type: String, header: String?, body: String = "x")
        case silent
    }

    struct NoPort: Error {}

    private struct State {
        var connections: [Int32] = []
        var stopped = false
    }

    /// `http://127.0.0.1:PORT`.
    let origin: String
    private let manner: Manner
    private let listener: Int32
    private let state = Locked(State())

    /// Listens on a port; 0 is any free one.
    init(_ manner: Manner, port: UInt16 = 0) throws {
        self.manner = manner
        let listener = socket(AF_INET, stream, 0)
        self.listener = listener
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard bound else {
            Self.shut(listener)
            throw NoPort()
        }
        origin = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        Thread.detachNewThread { [self] in serve() }
    }

    /// How many have connected.
    var connections: Int { state.with { $0.connections.count } }

    /// Hangs up on everyone.
    func stop() {
        let connections = state.with { state in
            state.stopped = true
            defer { state.connections = [] }
            return state.connections
        }
        // Wakes the thread, which closes the listener.
        shutdown(listener, Int32(SHUT_RDWR))
        connections.forEach(Self.shut)
    }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            if connection < 0 || state.with({ $0.stopped }) {
                if connection >= 0 { Self.shut(connection) }
                return Self.shut(listener)
            }
            state.with { $0.connections.append(connection) }
            if case .answers(let status, let type, let header, let body) = manner {
                var request = [UInt8](repeating: 0, count: 64 * 1024)
                _ = recv(connection, &request, request.count, 0)
                let head = "HTTP/1.1 \(status) X\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
                let answer = Array(
                    (head + (header.map { "\($0)\r\n" } ?? "") + "Connection: close\r\n\r\n\(body)").utf8)
                _ = send(connection, answer, answer.count, 0)
                shutdown(connection, Int32(SHUT_WR))
            }
        }
    }

    private static func shut(_ descriptor: Int32) {
        close(descriptor)
    }
}

/// As on a full disk: for this long no file of this process can grow.
func withoutRoomForFiles<Value>(_ work: () async -> Value) async -> Value {
    #if canImport(Glibc)
        let files = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    #else
        let files = RLIMIT_FSIZE
    #endif
    var usual = rlimit()
    getrlimit(files, &usual)
    var none = usual
    none.rlim_cur = 0
    signal(SIGXFSZ, SIG_IGN)
    setrlimit(files, &none)
    let value = await work()
    setrlimit(files, &usual)
    return value
}
