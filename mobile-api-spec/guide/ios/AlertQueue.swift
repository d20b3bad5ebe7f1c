import Foundation

/// Her presses and places, on the disk before the first try.
actor AlertQueue {
    static let shared = AlertQueue()

    /// As on the disk. The file can be read after the first unlock since the phone was started.
    private struct Kept: Codable {
        var id: String
        var press: Data
        var presses: [Press]
        var waiting: [Data]
        var next: Int
        var until: Date?
    }

    private struct Press: Codable {
        let id: String
        let body: Data
    }

    private let file = Settings.folder.appendingPathComponent("alert.json")
    private var sending = false

    /// The id of the alert that this phone raised, until half an hour after she ended it.
    nonisolated var open: String? { Self.read(file)?.id }

    /// Keeps a press. Only after this is on the disk the first request leaves.
    func press(id: UUID, body: [String: Any]) {
        guard let data = try? JSONSerialization.data(withJSONObject: body) else { return }
        let id = id.uuidString.lowercased()
        let before = Self.read(file)?.presses ?? []
        write(Kept(id: id, press: data, presses: before + [Press(id: id, body: data)], waiting: [], next: 1, until: nil))
    }

    /// Keeps a place under the next number of this alert.
    func add(_ fix: [String: Any]) {
        guard var kept = Self.read(file) else { return }
        var fix = fix
        fix["seq"] = kept.next
        guard let data = try? JSONSerialization.data(withJSONObject: fix) else { return }
        kept.next += 1
        kept.waiting.append(data)
        write(kept)
    }

    /// She cancelled or closed it: places go on for 30 minutes, as the guide says, and then it is forgotten.
    func ended() {
        guard var kept = Self.read(file) else { return }
        kept.until = Date(timeIntervalSinceNow: 30 * 60)
        write(kept)
    }

    /// Sends what waits: each press until a 2xx, then the places, 100 a request. Returns the seconds until
    /// the server wants the next place, or nil where it has to be tried again.
    func sendWhatWaits() async -> TimeInterval? {
        guard !sending, let token = Settings.alertToken else { return nil }
        sending = true
        defer { sending = false }
        do {
            guard try await sendPresses(token) else { return nil }
            return try await sendPlaces(token)
        } catch {
            return nil
        }
    }

    private func sendPresses(_ token: String) async throws -> Bool {
        let api = Api(base: Settings.server)
        while let press = Self.read(file)?.presses.first {
            var request = try api.request("PUT", "/v1/alerts/\(press.id)", token: token, body: [:])
            request.httpBody = press.body
            guard try await api.send(request).ok else { return false }
            // Another press may have been kept while this one was on its way.
            guard var kept = Self.read(file) else { return true }
            kept.presses.removeFirst()
            write(kept)
        }
        return true
    }

    private func sendPlaces(_ token: String) async throws -> TimeInterval? {
        let api = Api(base: Settings.server)
        var wanted: TimeInterval = 10
        while let kept = Self.read(file), !kept.waiting.isEmpty {
            let batch = kept.waiting.prefix(100)
            let fixes = batch.compactMap { try? JSONSerialization.jsonObject(with: $0) }
            let body: [String: Any] = ["fixes": fixes]
            let taken = try await api.send(api.request("POST", "/v1/alerts/\(kept.id)/locations", token: token, body: body))
            guard var now = Self.read(file), now.id == kept.id else { continue }
            // The press has not arrived: it goes first the next time.
            if taken.status == 404 {
                now.presses.append(Press(id: now.id, body: now.press))
                write(now)
            }
            guard taken.ok else { return nil }
            wanted = taken.json["next_interval_s"] as? TimeInterval ?? wanted
            now.waiting.removeFirst(batch.count)
            write(now)
        }
        return wanted
    }

    /// Reads the alert, for the app's own screen; shows nothing elsewhere.
    func readAlert() async {
        guard let id = open, let token = Settings.alertToken else { return }
        let api = Api(base: Settings.server)
        guard let read = try? await api.send(api.request("GET", "/v1/alerts/\(id)", token: token)), read.ok else { return }
        await AlertScreen.update(
            summary: read.json["summary"] as? String,
            call911: read.json["call_911"] as? Bool ?? false
        )
    }

    private static func read(_ file: URL) -> Kept? {
        guard let data = try? Data(contentsOf: file), let kept = try? JSONDecoder().decode(Kept.self, from: data) else {
            return nil
        }
        guard let until = kept.until, until < Date() else { return kept }
        try? FileManager.default.removeItem(at: file)
        return nil
    }

    private func write(_ kept: Kept) {
        guard let data = try? JSONEncoder().encode(kept) else { return }
        try? data.write(to: file, options: [.atomic, .completeFileProtectionUntilFirstUserAuthentication])
    }
}
