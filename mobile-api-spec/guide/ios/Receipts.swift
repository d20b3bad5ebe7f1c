import Foundation

/// Receipts of pushes. The secret of the push is all that is needed: no session, no token.
enum Receipts {
    static func request(_ push: Push, seen: Bool, timeout: TimeInterval) throws -> URLRequest {
        let body: [String: Any] = ["receipt": push.receipt, "seen": seen]
        let api = Api(base: Settings.server, timeout: timeout)
        return try api.request("POST", "/v1/notifications/\(push.notification)/receipt", body: body)
    }

    /// Sends it within `timeout` seconds. Returns whether the server has answered; 404 is an answer
    /// too: there is nothing to confirm any more.
    static func send(_ push: Push, seen: Bool, timeout: TimeInterval) async -> Bool {
        do {
            let reply = try await Api(base: Settings.server).send(request(push, seen: seen, timeout: timeout))
            return !reply.again
        } catch {
            return false
        }
    }

    /// Hands it to the system, which sends it when there is a network again, also after this process ended.
    static func leaveToSystem(_ push: Push, seen: Bool) {
        guard let request = try? request(push, seen: seen, timeout: 60), let body = request.httpBody else { return }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("receipt-\(push.notification)-\(seen)")
        guard (try? body.write(to: file)) != nil else { return }
        let configuration = URLSessionConfiguration.background(withIdentifier: "receipt-\(push.notification)-\(seen)")
        configuration.sharedContainerIdentifier = Settings.group
        // The secret is good until five minutes after the message's deadline.
        configuration.timeoutIntervalForResource = 20 * 60
        configuration.isDiscretionary = false
        URLSession(configuration: configuration).uploadTask(with: request, fromFile: file).resume()
    }
}
