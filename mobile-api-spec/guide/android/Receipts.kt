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

/** Receipts of pushes. The secret of the push is all that is needed: no session, no token. */
object Receipts {
    /** Leaves the receipt to WorkManager, which repeats it after the process or the phone was restarted. */
    fun keep(context: Context, push: Push, seen: Boolean) {
        val request = OneTimeWorkRequestBuilder<ReceiptWorker>()
            .setInputData(
                workDataOf("notification" to push.notification, "secret" to push.receipt, "seen" to seen),
            )
            .setConstraints(Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build())
            .setBackoffCriteria(BackoffPolicy.LINEAR, 10, TimeUnit.SECONDS)
            .build()
        WorkManager.getInstance(context)
            .enqueueUniqueWork(name(push.notification, seen), ExistingWorkPolicy.KEEP, request)
    }

    /** Sends it at once as well: WorkManager may begin later, and after 30 seconds the server sends an SMS. */
    fun sendNow(context: Context, push: Push, seen: Boolean) {
        val sent = try {
            !send(context, push.notification, push.receipt, seen, timeoutMs = 4_000).again
        } catch (_: IOException) {
            false
        }
        if (sent) WorkManager.getInstance(context).cancelUniqueWork(name(push.notification, seen))
    }

    @Throws(IOException::class)
    internal fun send(context: Context, id: String, secret: String, seen: Boolean, timeoutMs: Int): Reply {
        val body = JSONObject().put("receipt", secret).put("seen", seen)
        return Settings.api(context).call("POST", "/v1/notifications/$id/receipt", null, body, timeoutMs)
    }

    private fun name(notification: String, seen: Boolean) = "receipt-$notification-$seen"
}

/** Sends one receipt, until the server has answered or the secret is too old to be good. */
class ReceiptWorker(context: Context, parameters: WorkerParameters) : Worker(context, parameters) {
    override fun doWork(): Result {
        val id = inputData.getString("notification") ?: return Result.failure()
        val secret = inputData.getString("secret") ?: return Result.failure()
        val seen = inputData.getBoolean("seen", false)
        val reply = try {
            Receipts.send(applicationContext, id, secret, seen, timeoutMs = 10_000)
        } catch (_: IOException) {
            null
        }
        // 404: nothing to confirm any more. After 100 tries the message's deadline is long past.
        val again = (reply == null || reply.again) && runAttemptCount < 100
        return if (again) Result.retry() else Result.success()
    }
}
