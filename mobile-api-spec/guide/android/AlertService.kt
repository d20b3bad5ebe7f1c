package mx.ampara.example

import android.Manifest
import android.annotation.SuppressLint
import android.app.Service
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.content.pm.ServiceInfo
import android.location.Location
import android.location.LocationListener
import android.location.LocationManager
import android.os.BatteryManager
import android.os.Bundle
import android.os.Handler
import android.os.HandlerThread
import android.os.IBinder
import androidx.core.app.NotificationCompat
import androidx.core.app.ServiceCompat
import androidx.core.content.ContextCompat
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.ExistingWorkPolicy
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.Worker
import androidx.work.WorkerParameters
import java.time.Instant
import java.util.UUID
import java.util.concurrent.TimeUnit
import org.json.JSONObject

/** Sends the press and then her places, also with the screen off and the app swept away. */
class AlertService : Service() {
    private val thread = HandlerThread("alert").apply { start() }
    private val handler = Handler(thread.looper)
    private val queue by lazy { AlertQueue.of(this) }
    private var tries = 0

    override fun onBind(intent: Intent?): IBinder? = null

    override fun onStartCommand(intent: Intent?, flags: Int, startId: Int): Int {
        showServiceLine()
        listenForPlaces()
        handler.removeCallbacksAndMessages(null)
        handler.post(::send)
        // If the system ends the process it starts this service again, and the queue is on the disk.
        return START_STICKY
    }

    /** Android asks for a notification. It says what she chose, and never that there is an alert. */
    private fun showServiceLine() {
        val line = NotificationCompat.Builder(this, "quiet")
            .setSmallIcon(R.drawable.ic_notification)
            .setContentTitle(Settings.serviceLine(this))
            .setVisibility(NotificationCompat.VISIBILITY_SECRET)
            .setSilent(true)
            .build()
        AlarmNotification.makeChannels(this)
        val type = if (mayLocate()) {
            ServiceInfo.FOREGROUND_SERVICE_TYPE_LOCATION
        } else {
            // Without places the press is sent all the same.
            ServiceInfo.FOREGROUND_SERVICE_TYPE_DATA_SYNC
        }
        try {
            ServiceCompat.startForeground(this, 1, line, type)
        } catch (_: RuntimeException) {
            // Started again from the background without "Allow all the time": WorkManager sends what waits.
            stopSelf()
        }
    }

    private fun send() {
        val wanted = queue.sendWhatWaits()
        if (queue.open() == null) return stopSelf()
        if (wanted != null) tries = 0
        val pause = wanted?.times(1_000L) ?: PAUSES_MS[minOf(tries++, PAUSES_MS.size - 1)]
        handler.postDelayed(::send, pause)
    }

    private fun mayLocate(): Boolean {
        val precise = ContextCompat.checkSelfPermission(this, Manifest.permission.ACCESS_FINE_LOCATION)
        return precise == PackageManager.PERMISSION_GRANTED
    }

    // `mayLocate` asks for the permission.
    @SuppressLint("MissingPermission")
    private fun listenForPlaces() {
        if (!mayLocate()) return
        val manager = getSystemService(LocationManager::class.java)
        // Both: a phone in a pocket or in a cellar has no GPS and still a network.
        for (provider in listOf(LocationManager.GPS_PROVIDER, LocationManager.NETWORK_PROVIDER)) {
            if (manager.allProviders.contains(provider)) {
                manager.requestLocationUpdates(provider, 10_000L, 0f, places, thread.looper)
            }
        }
    }

    private val places = object : LocationListener {
        override fun onLocationChanged(place: Location) = queue.add(fix(this@AlertService, place))

        // Android 10 and older call these three, and end the process where they are missing.
        @Deprecated("Not called from Android 10 on")
        override fun onStatusChanged(provider: String?, status: Int, extras: Bundle?) = Unit

        override fun onProviderEnabled(provider: String) = Unit

        override fun onProviderDisabled(provider: String) = Unit
    }

    override fun onDestroy() {
        getSystemService(LocationManager::class.java).removeUpdates(places)
        thread.quitSafely()
    }

    companion object {
        private val PAUSES_MS = longArrayOf(500, 1_000, 2_000, 5_000)

        /** The button. Waits for nothing: no place, no token, no sign-in. */
        fun press(context: Context, last: Location?) {
            val press = JSONObject().put("at", Instant.now().toString()).put("battery", battery(context))
            last?.let { press.put("location", fix(context, it).put("seq", 0)) }
            // A new id for each press of the button; each retry repeats the id that is on the disk.
            AlertQueue.of(context).press(UUID.randomUUID().toString(), press)
            PressWorker.enqueue(context)
            ContextCompat.startForegroundService(context, Intent(context, AlertService::class.java))
        }

        internal fun fix(context: Context, place: Location): JSONObject {
            val fix = JSONObject()
                .put("at", Instant.ofEpochMilli(place.time).toString())
                .put("lat", place.latitude)
                .put("lon", place.longitude)
                .put("provider", place.provider)
                .put("battery", battery(context))
            if (place.hasAccuracy()) fix.put("accuracy_m", place.accuracy.toDouble())
            if (place.hasSpeed()) fix.put("speed_mps", place.speed.toDouble())
            if (place.hasBearing()) fix.put("heading_deg", place.bearing.toDouble())
            return fix
        }

        private fun battery(context: Context): Double {
            val manager = context.getSystemService(BatteryManager::class.java)
            return manager.getIntProperty(BatteryManager.BATTERY_PROPERTY_CAPACITY) / 100.0
        }
    }
}

/** The second way for a press: where the service was ended, or after a restart of the phone. */
class PressWorker(context: Context, parameters: WorkerParameters) : Worker(context, parameters) {
    override fun doWork(): Result =
        if (AlertQueue.of(applicationContext).sendWhatWaits() == null) Result.retry() else Result.success()

    companion object {
        fun enqueue(context: Context) {
            val request = OneTimeWorkRequestBuilder<PressWorker>()
                .setConstraints(Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build())
                .setBackoffCriteria(BackoffPolicy.LINEAR, 10, TimeUnit.SECONDS)
                .build()
            WorkManager.getInstance(context).enqueueUniqueWork("press", ExistingWorkPolicy.REPLACE, request)
        }
    }
}
