package mx.ampara.example

import android.content.Context
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.ExistingWorkPolicy
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.Worker
import androidx.work.WorkerParameters
import androidx.work.workDataOf
import java.io.IOException
import java.util.concurrent.TimeUnit
import org.json.JSONObject

/** Registers where this phone takes pushes; also called at each start of the app. */
class PushTokenWorker(context: Context, parameters: WorkerParameters) : Worker(context, parameters) {
    override fun doWork(): Result {
        val device = Settings.device(applicationContext) ?: return Result.success()
        val access = Settings.freshAccessToken(applicationContext) ?: return Result.retry()
        val body = JSONObject()
            .put("platform", "android")
            .put("app_id", applicationContext.packageName)
            .put("provider", "fcm")
            .put("token", inputData.getString("token"))
        val reply = try {
            Settings.api(applicationContext).call("PUT", "/v1/devices/$device/push", access, body)
        } catch (_: IOException) {
            return Result.retry()
        }
        return if (reply.ok) Result.success() else Result.retry()
    }

    companion object {
        fun enqueue(context: Context, token: String) {
            val request = OneTimeWorkRequestBuilder<PushTokenWorker>()
                .setInputData(workDataOf("token" to token))
                .setConstraints(Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build())
                .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, 10, TimeUnit.SECONDS)
                .build()
            WorkManager.getInstance(context).enqueueUniqueWork("push-token", ExistingWorkPolicy.REPLACE, request)
        }
    }
}
