package mx.ampara.example

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.view.WindowManager
import java.io.IOException
import kotlin.concurrent.thread
import org.json.JSONObject

/**
 * What a contact sees who opens an alarm. Until the phone is unlocked it shows the words alone; her
 * name and place come by the contact's own token, after the unlock.
 */
class WatchActivity : Activity() {
    private var touched: String? = null

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        // Neither in previews nor in recordings of the screen.
        window.addFlags(WindowManager.LayoutParams.FLAG_SECURE)
    }

    /**
     * The first touch. Seen is what a person did: this screen also opens by itself on a phone that lies
     * on a table, and that is not seen.
     */
    override fun onUserInteraction() {
        val notification = intent.getStringExtra("notification") ?: return
        val secret = intent.getStringExtra("receipt") ?: return
        if (touched == notification) return
        touched = notification
        val push = Push("alarm", notification, secret, null, null, null, false)
        Receipts.keep(this, push, seen = true)
        thread { Receipts.sendNow(this, push, seen = true) }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        setIntent(intent)
    }

    /** The alert as a contact may see it; null where it is over or must not be seen any more. */
    fun look(watching: String): JSONObject? = try {
        val access = Settings.freshAccessToken(this)
        Settings.api(this).call("GET", "/v1/watching/$watching", access, null).json
    } catch (_: IOException) {
        null
    }

    /** One of `on_my_way`, `with_her`, `cannot_help`. */
    fun answer(watching: String, answer: String, drill: Boolean): Boolean = try {
        val body = JSONObject().put("answer", answer).put("drill", drill)
        val access = Settings.freshAccessToken(this)
        Settings.api(this).call("POST", "/v1/watching/$watching/answer", access, body).ok
    } catch (_: IOException) {
        false
    }
}
