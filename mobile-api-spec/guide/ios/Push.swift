import Foundation

/// What a push says: its data, and nothing of her name or place. FCM puts the data beside `aps`.
struct Push {
    let kind: String
    let notification: String
    let receipt: String
    let watching: String?
    let alert: String?

    /// Reads the data of a push; nil where it is not one of Ampara's.
    init?(_ data: [AnyHashable: Any]) {
        guard let kind = data["kind"] as? String,
              let notification = data["notification"] as? String,
              let receipt = data["receipt"] as? String
        else { return nil }
        self.kind = kind
        self.notification = notification
        self.receipt = receipt
        watching = data["watching"] as? String
        alert = data["alert"] as? String
    }
}
