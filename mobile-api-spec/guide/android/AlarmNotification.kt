package mx.ampara.example

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.content.Intent
import android.content.SharedPreferences
import android.media.AudioAttributes
import android.media.RingtoneManager
import androidx.core.app.NotificationCompat
import androidx.core.app.NotificationManagerCompat

/** What a contact sees and hears. The words are the push's own: no name, no place, no map. */
object AlarmNotification {
    private const val ALARM = "alarm"
    private const val QUIET = "quiet"
    private const val SHOWN = "shown"

    /** Makes the channels; call it at each start of the app. Later only the user can change how they sound. */
    fun makeChannels(context: Context) {
        val manager = context.getSystemService(NotificationManager::class.java)
        val loudName = context.getString(R.string.channel_alarm)
        val alarm = NotificationChannel(ALARM, loudName, NotificationManager.IMPORTANCE_HIGH)
        alarm.setSound(
            RingtoneManager.getDefaultUri(RingtoneManager.TYPE_ALARM),
            // The volume of alarms, which a silenced ringer leaves on.
            AudioAttributes.Builder()
                .setUsage(AudioAttributes.USAGE_ALARM)
                .setContentType(AudioAttributes.CONTENT_TYPE_SONIFICATION)
                .build(),
        )
        alarm.enableVibration(true)
        alarm.vibrationPattern = longArrayOf(0, 800, 400, 800, 400, 800)
        alarm.lockscreenVisibility = Notification.VISIBILITY_PUBLIC
        // Has an effect only after the contact has given access to Do Not Disturb.
        alarm.setBypassDnd(true)
        val quietName = context.getString(R.string.channel_quiet)
        val quiet = NotificationChannel(QUIET, quietName, NotificationManager.IMPORTANCE_LOW)
        manager.createNotificationChannels(listOf(alarm, quiet))
    }

    /** Whether this phone would show it. If not, it owes the server silence, not a receipt. */
    fun canShow(context: Context, push: Push): Boolean {
        makeChannels(context)
        val manager = NotificationManagerCompat.from(context)
        val channel = manager.getNotificationChannel(channelOf(push))
        return manager.areNotificationsEnabled() &&
            channel != null &&
            channel.importance != NotificationManager.IMPORTANCE_NONE
    }

    /** Shows it, once for each notification id. The latest message of an alert replaces the one before. */
    fun show(context: Context, push: Push) {
        val shown = context.getSharedPreferences(SHOWN, Context.MODE_PRIVATE)
        if (shown.contains(push.notification)) return
        val words = push.words ?: context.getString(R.string.open_the_app)
        val open = opens(context, push)
        val builder = NotificationCompat.Builder(context, channelOf(push))
            .setSmallIcon(R.drawable.ic_notification)
            .setContentTitle(words)
            .setVisibility(NotificationCompat.VISIBILITY_PUBLIC)
            .setContentIntent(open)
            .setAutoCancel(push.kind == "over")
        if (isLoud(push)) {
            builder.setCategory(NotificationCompat.CATEGORY_ALARM)
                .setPriority(NotificationCompat.PRIORITY_MAX)
                .setOngoing(true)
                // Over the lock screen while the phone is not in use; else a heads-up notification.
                .setFullScreenIntent(open, true)
        }
        try {
            NotificationManagerCompat.from(context).notify(push.watching ?: push.notification, 1, builder.build())
            // After it was shown: a process that ended in between shows the repeat.
            remember(shown, push)
        } catch (_: SecurityException) {
            // The permission was taken away this instant.
        }
    }

    private fun remember(shown: SharedPreferences, push: Push) {
        val now = System.currentTimeMillis()
        val edit = shown.edit().putLong(push.notification, now)
        for ((id, at) in shown.all) if (at is Long && at < now - 86_400_000) edit.remove(id)
        edit.apply()
    }

    /** Once a month, to her own phone: neutral words, no sound, no receipt. */
    fun showReminder(context: Context, push: Push) {
        makeChannels(context)
        val builder = NotificationCompat.Builder(context, QUIET)
            .setSmallIcon(R.drawable.ic_notification)
            .setContentTitle(push.words ?: return)
            .setVisibility(NotificationCompat.VISIBILITY_SECRET)
            .setContentIntent(opens(context, push))
            .setAutoCancel(true)
        try {
            NotificationManagerCompat.from(context).notify("reminder", 1, builder.build())
        } catch (_: SecurityException) {
            // Notifications are denied: then there is no reminder.
        }
    }

    private fun isLoud(push: Push) = push.kind != "over"

    private fun channelOf(push: Push) = if (isLoud(push)) ALARM else QUIET

    /** The screen that reads `GET /v1/watching/{id}` and shows the alert; it sends the receipt "seen". */
    private fun opens(context: Context, push: Push): PendingIntent {
        val intent = Intent(context, WatchActivity::class.java)
            .putExtra("notification", push.notification)
            .putExtra("receipt", push.receipt)
            .putExtra("watching", push.watching)
            .addFlags(Intent.FLAG_ACTIVITY_NEW_TASK or Intent.FLAG_ACTIVITY_CLEAR_TOP)
        val flags = PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE
        return PendingIntent.getActivity(context, push.notification.hashCode(), intent, flags)
    }
}
