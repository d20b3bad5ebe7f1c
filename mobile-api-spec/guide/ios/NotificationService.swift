import UserNotifications

/// The notification service extension: iOS starts it for each push with words (`mutable-content`),
/// also while the app is not running, and shows the push when it is done or after 30 seconds.
final class NotificationService: UNNotificationServiceExtension {
    private var show: ((UNNotificationContent) -> Void)?
    private var content: UNMutableNotificationContent?
    private var push: Push?

    override func didReceive(
        _ request: UNNotificationRequest,
        withContentHandler contentHandler: @escaping (UNNotificationContent) -> Void
    ) {
        let content = (request.content.mutableCopy() as? UNMutableNotificationContent) ?? UNMutableNotificationContent()
        self.content = content
        show = contentHandler
        guard let push = Push(request.content.userInfo) else { return finish() }
        self.push = push
        Task {
            await prepare(content, push)
            // The alarm is not kept waiting for longer than this by a network that has just failed.
            let sent = await Receipts.send(push, seen: false, timeout: 3)
            if !sent { Receipts.leaveToSystem(push, seen: false) }
            finish()
        }
    }

    /// The system is about to end this process.
    override func serviceExtensionTimeWillExpire() {
        if let push { Receipts.leaveToSystem(push, seen: false) }
        finish()
    }

    /// The words stay as they came: no name, no place.
    private func prepare(_ content: UNMutableNotificationContent, _ push: Push) async {
        let centre = UNUserNotificationCenter.current()
        content.threadIdentifier = push.watching ?? push.notification
        if !["over", "reminder", "trial"].contains(push.kind) {
            content.interruptionLevel = .timeSensitive
            content.relevanceScore = 1
            // Sounds although the phone is muted, where Apple gave the app the entitlement and the contact agreed.
            let settings = await centre.notificationSettings()
            if settings.criticalAlertSetting == .enabled {
                content.interruptionLevel = .critical
                content.sound = .defaultCriticalSound(withAudioVolume: 1)
            }
        }
        // The same id twice is the same message: the earlier one goes.
        let shown = await centre.deliveredNotifications()
        let same = shown.filter { Push($0.request.content.userInfo)?.notification == push.notification }
        centre.removeDeliveredNotifications(withIdentifiers: same.map(\.request.identifier))
    }

    private func finish() {
        guard let show, let content else { return }
        self.show = nil
        show(content)
    }
}
