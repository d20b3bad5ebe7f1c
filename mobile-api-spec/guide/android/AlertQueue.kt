package mx.ampara.example

import android.content.Context
import android.util.AtomicFile
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject

/**
 * Her presses and places, on the disk before the first try. The file lies in the storage that can be
 * read before the phone was unlocked for the first time after a restart.
 */
class AlertQueue private constructor(private val context: Context) {
    private val file = AtomicFile(File(context.createDeviceProtectedStorageContext().filesDir, "alert.json"))
    private val sending = Any()

    /** The id of the alert that this phone raised, until half an hour after she ended it. */
    @Synchronized
    fun open(): String? = read()?.getString(ID)

    /** Keeps a press. Only after this is on the disk the first request leaves. */
    @Synchronized
    fun press(id: String, press: JSONObject) {
        val kept = read() ?: JSONObject()
        val presses = kept.optJSONArray(PRESSES) ?: JSONArray()
        presses.put(JSONObject().put(ID, id).put(PRESS, press))
        val new = JSONObject().put(ID, id).put(PRESS, press).put(PRESSES, presses)
        write(new.put(WAITING, JSONArray()).put(NEXT, 1))
    }

    /** Keeps a place under the next number of this alert. */
    fun add(fix: JSONObject) = change { kept ->
        val seq = kept.getInt(NEXT)
        kept.put(NEXT, seq + 1).getJSONArray(WAITING).put(fix.put("seq", seq))
    }

    /** She cancelled or closed it: places go on for 30 minutes, as the guide says, and then it is forgotten. */
    fun ended() = change { it.put(UNTIL, System.currentTimeMillis() + 30 * 60_000) }

    /**
     * Sends what waits: each press until a 2xx, then the places, 100 a request. Returns the seconds until
     * the server wants the next place, or null where it has to be tried again. The service and the
     * worker may both call it: one waits for the other.
     */
    fun sendWhatWaits(): Int? = synchronized(sending) {
        val token = Settings.alertToken(context) ?: return null
        try {
            if (sendPresses(token)) sendPlaces(token) else null
        } catch (_: IOException) {
            null
        }
    }

    private fun sendPresses(token: String): Boolean {
        while (true) {
            val first = look { it.getJSONArray(PRESSES).optJSONObject(0) } ?: return true
            val id = first.getString(ID)
            val raised = Settings.api(context).call("PUT", "/v1/alerts/$id", token, first.getJSONObject(PRESS))
            if (!raised.ok) return false
            change { it.getJSONArray(PRESSES).remove(0) }
        }
    }

    private fun sendPlaces(token: String): Int? {
        var wanted = 10
        while (true) {
            val id = open() ?: return wanted
            val batch = look { first(100, it.getJSONArray(WAITING)) } ?: return wanted
            if (batch.length() == 0) return wanted
            val body = JSONObject().put("fixes", batch)
            val taken = Settings.api(context).call("POST", "/v1/alerts/$id/locations", token, body)
            // The press has not arrived: it goes first the next time.
            if (taken.status == 404) change { it.getJSONArray(PRESSES).put(again(it)) }
            if (!taken.ok) return null
            wanted = taken.json.optInt("next_interval_s", wanted)
            // A press meanwhile begins a new alert with no places: then these are not there any more.
            change { if (it.getString(ID) == id) repeat(batch.length()) { _ -> it.getJSONArray(WAITING).remove(0) } }
        }
    }

    /** Reads the alert, for the app's own screen; shows nothing elsewhere. */
    fun readAlert() {
        val id = open() ?: return
        val token = Settings.alertToken(context) ?: return
        try {
            val read = Settings.api(context).call("GET", "/v1/alerts/$id", token, null)
            if (read.ok) AlertScreen.update(read.json.optString("summary"), read.json.optBoolean("call_911"))
        } catch (_: IOException) {
            // The app asks again while its screen is open.
        }
    }

    private fun again(kept: JSONObject) =
        JSONObject().put(ID, kept.getString(ID)).put(PRESS, kept.getJSONObject(PRESS))

    private fun first(count: Int, waiting: JSONArray): JSONArray {
        val batch = JSONArray()
        for (i in 0 until minOf(count, waiting.length())) batch.put(waiting.get(i))
        return batch
    }

    @Synchronized
    private fun <T> look(what: (JSONObject) -> T?): T? = read()?.let(what)

    @Synchronized
    private fun change(what: (JSONObject) -> Unit) {
        val kept = read() ?: return
        what(kept)
        write(kept)
    }

    private fun read(): JSONObject? {
        val kept = try {
            JSONObject(String(file.readFully()))
        } catch (_: FileNotFoundException) {
            return null
        } catch (_: JSONException) {
            return null
        }
        if (kept.optLong(UNTIL, Long.MAX_VALUE) > System.currentTimeMillis()) return kept
        file.delete()
        return null
    }

    private fun write(kept: JSONObject) {
        val out = file.startWrite()
        out.write(kept.toString().toByteArray())
        file.finishWrite(out)
    }

    companion object {
        // Names in the file.
        private const val ID = "id"
        private const val PRESS = "press"
        private const val PRESSES = "presses"
        private const val WAITING = "waiting"
        private const val NEXT = "next"
        private const val UNTIL = "until"

        private var one: AlertQueue? = null

        /** One for the process: the service, the worker and the push share its locks. */
        @Synchronized
        fun of(context: Context): AlertQueue =
            one ?: AlertQueue(context.applicationContext).also { one = it }
    }
}
