package mx.ampara.example

import com.google.firebase.messaging.FirebaseMessagingService
import com.google.firebase.messaging.RemoteMessage

/**
 * Receives pushes while the app is closed, the screen is off or the phone dozes. Android starts the
 * process for this, and gives it some seconds; this method already runs beside the main thread.
 */
class PushService : FirebaseMessagingService() {
    override fun onMessageReceived(message: RemoteMessage) {
        val push = Push.of(message.data) ?: return
        when (push.kind) {
            "alarm", "pressed_again", "call_911", "no_news", "over", "drill", "trial" -> contactIsTold(push)
            "alert_changed" -> herAlertChanged(push)
            "reminder" -> AlarmNotification.showReminder(this, push)
            // A kind that this version does not know. Words are there to be shown; without words nothing is.
            else -> if (push.words != null) contactIsTold(push)
        }
    }

    /**
     * A receipt says "this phone has shown it", and the server then sends no SMS. So a phone that may
     * show nothing sends none: the SMS comes 30 seconds later, and that is what reaches the contact.
     */
    private fun contactIsTold(push: Push) {
        if (!AlarmNotification.canShow(this, push)) return
        // First to the disk: whatever ends this process, the receipt is sent.
        Receipts.keep(this, push, seen = false)
        AlarmNotification.show(this, push)
        Receipts.sendNow(this, push, seen = false)
    }

    /**
     * To the phone that raised the alert. Her aggressor may be looking at its screen: no notification,
     * no sound. A phone that has no such alert does nothing.
     */
    private fun herAlertChanged(push: Push) {
        val mine = AlertQueue.of(this).open() ?: return
        if (mine != push.alert) return
        Receipts.keep(this, push, seen = false)
        Receipts.sendNow(this, push, seen = false)
        AlertQueue.of(this).readAlert()
    }

    /** A new token: until it is registered no push arrives here. */
    override fun onNewToken(token: String) {
        PushTokenWorker.enqueue(this, token)
    }
}
