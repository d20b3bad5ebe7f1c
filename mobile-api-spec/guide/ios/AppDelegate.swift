import FirebaseMessaging
import UIKit
import UserNotifications

final class AppDelegate: UIResponder, UIApplicationDelegate, UNUserNotificationCenterDelegate, MessagingDelegate {
    func application(
        _ application: UIApplication,
        didFinishLaunchingWithOptions options: [UIApplication.LaunchOptionsKey: Any]?
    ) -> Bool {
        UNUserNotificationCenter.current().delegate = self
        Messaging.messaging().delegate = self
        application.registerForRemoteNotifications()
        // The system starts the app again for a place of an alert that is still open.
        if AlertQueue.shared.open != nil { Places.shared.start() }
        return true
    }

    /// `alert_changed` is a background push. Her aggressor may be looking at the screen: nothing is shown.
    func application(
        _ application: UIApplication,
        didReceiveRemoteNotification data: [AnyHashable: Any]
    ) async -> UIBackgroundFetchResult {
        guard let push = Push(data), push.kind == "alert_changed",
              let mine = AlertQueue.shared.open, mine == push.alert
        else { return .noData }
        if await !Receipts.send(push, seen: false, timeout: 5) { Receipts.leaveToSystem(push, seen: false) }
        await AlertQueue.shared.readAlert()
        return .newData
    }

    /// A contact opened the notification: seen.
    func userNotificationCenter(_ center: UNUserNotificationCenter, didReceive response: UNNotificationResponse) async {
        guard let push = Push(response.notification.request.content.userInfo) else { return }
        if let watching = push.watching { await WatchScreen.open(watching) }
        if await !Receipts.send(push, seen: true, timeout: 5) { Receipts.leaveToSystem(push, seen: true) }
    }

    /// In the foreground too: a contact who is in the app has to see and hear it.
    func userNotificationCenter(
        _ center: UNUserNotificationCenter,
        willPresent notification: UNNotification
    ) async -> UNNotificationPresentationOptions {
        [.banner, .list, .sound]
    }

    /// A new token: until it is registered no push arrives here. Called at each start as well.
    func messaging(_ messaging: Messaging, didReceiveRegistrationToken token: String?) {
        guard let token else { return }
        Task { await Registration.register(token) }
    }
}

enum Registration {
    static func register(_ token: String) async {
        guard let device = Settings.device, let access = await Settings.freshAccessToken() else { return }
        let body: [String: Any] = [
            "platform": "ios",
            "app_id": Settings.appId,
            "provider": "fcm",
            "token": token,
        ]
        let api = Api(base: Settings.server)
        _ = try? await api.send(api.request("PUT", "/v1/devices/\(device)/push", token: access, body: body))
    }
}
