import Foundation
import Security

/// What the sign-in left here, for the app and the extension: one keychain group, one app group.
enum Settings {
    static let group = "group.mx.ampara.example"
    static let appId = Bundle.main.bundleIdentifier ?? ""
    static let server = URL(string: "https://ampara.example.gob.mx")!
    static let folder = FileManager.default.containerURL(forSecurityApplicationGroupIdentifier: group)!

    /// Never expires, and is good for alerts alone.
    static var alertToken: String? { read("alert_token") }
    static var device: String? { read("device") }

    /// Exchanges the refresh token for the next pair. The new refresh token is in the keychain first.
    static func freshAccessToken() async -> String? {
        guard let refresh = read("refresh") else { return nil }
        let api = Api(base: server)
        let body: [String: Any] = ["refresh": refresh]
        guard let reply = try? await api.send(api.request("POST", "/v1/sessions/refresh", body: body)), reply.ok,
              let next = reply.json["refresh"] as? String
        else { return nil }
        write("refresh", next)
        return reply.json["access"] as? String
    }

    static func read(_ name: String) -> String? {
        var query = item(name)
        query[kSecReturnData as String] = true
        var found: CFTypeRef?
        guard SecItemCopyMatching(query as CFDictionary, &found) == errSecSuccess, let data = found as? Data else { return nil }
        return String(data: data, encoding: .utf8)
    }

    static func write(_ name: String, _ value: String) {
        SecItemDelete(item(name) as CFDictionary)
        var new = item(name)
        new[kSecValueData as String] = Data(value.utf8)
        // Readable while the phone is locked, on this phone alone.
        new[kSecAttrAccessible as String] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        SecItemAdd(new as CFDictionary, nil)
    }

    private static func item(_ name: String) -> [String: Any] {
        [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrAccount as String: name,
            kSecAttrAccessGroup as String: group,
        ]
    }
}
