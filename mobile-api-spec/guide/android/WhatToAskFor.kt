package mx.ampara.example

import android.Manifest
import android.app.NotificationManager
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.net.Uri
import android.os.Build
import android.os.PowerManager
import android.provider.Settings as SystemSettings
import androidx.core.app.NotificationManagerCompat
import androidx.core.content.ContextCompat

/** What keeps an alert from being heard or sent on this phone, and the system's page that changes it. */
object WhatToAskFor {
    class Missing(val sentence: Int, val opens: Intent)

    /** Look at each start of the app, and show the first sentence with a button. */
    fun missing(context: Context): List<Missing> {
        val found = mutableListOf<Missing>()
        val app = Uri.parse("package:${context.packageName}")
        if (!NotificationManagerCompat.from(context).areNotificationsEnabled()) {
            val page = Intent(SystemSettings.ACTION_APP_NOTIFICATION_SETTINGS)
                .putExtra(SystemSettings.EXTRA_APP_PACKAGE, context.packageName)
            found += Missing(R.string.allow_notifications, page)
        }
        val notifications = context.getSystemService(NotificationManager::class.java)
        // From Android 14 on it is not given to every app.
        if (Build.VERSION.SDK_INT >= 34 && !notifications.canUseFullScreenIntent()) {
            val page = Intent(SystemSettings.ACTION_MANAGE_APP_USE_FULL_SCREEN_INTENT, app)
            found += Missing(R.string.allow_full_screen, page)
        }
        if (!notifications.isNotificationPolicyAccessGranted) {
            val page = Intent(SystemSettings.ACTION_NOTIFICATION_POLICY_ACCESS_SETTINGS)
            found += Missing(R.string.allow_over_do_not_disturb, page)
        }
        val power = context.getSystemService(PowerManager::class.java)
        if (!power.isIgnoringBatteryOptimizations(context.packageName)) {
            val page = Intent(SystemSettings.ACTION_REQUEST_IGNORE_BATTERY_OPTIMIZATIONS, app)
            found += Missing(R.string.allow_battery, page)
        }
        // Before Android 10 "while the app is used" and "always" are one permission.
        if (Build.VERSION.SDK_INT >= 29 && !has(context, Manifest.permission.ACCESS_BACKGROUND_LOCATION)) {
            val page = Intent(SystemSettings.ACTION_APPLICATION_DETAILS_SETTINGS, app)
            found += Missing(R.string.allow_location_always, page)
        }
        return found
    }

    private fun has(context: Context, permission: String) =
        ContextCompat.checkSelfPermission(context, permission) == PackageManager.PERMISSION_GRANTED
}
