package mx.ampara.example

import android.content.Context
import java.io.IOException
import org.json.JSONObject

/**
 * What the sign-in left here. It is in the storage that can be read before the first unlock, since the
 * alert token has to be. Encrypt it by a key of the Keystore that needs no unlock, where you can.
 */
object Settings {
    private fun kept(context: Context) =
        context.createDeviceProtectedStorageContext().getSharedPreferences("settings", Context.MODE_PRIVATE)

    fun api(context: Context) = Api(kept(context).getString("base", null) ?: BuildConfig.SERVER)

    /** Never expires, and is good for alerts alone. */
    fun alertToken(context: Context): String? = kept(context).getString("alert_token", null)

    fun device(context: Context): String? = kept(context).getString("device", null)

    /** What she chose to read in the line that Android asks of a running service. */
    fun serviceLine(context: Context): String =
        kept(context).getString("service_line", null) ?: context.getString(R.string.service_line)

    /** Exchanges the refresh token for the next pair. The new refresh token is on the disk first. */
    @Synchronized
    fun freshAccessToken(context: Context): String? {
        val refresh = kept(context).getString("refresh", null) ?: return null
        val reply = try {
            api(context).call("POST", "/v1/sessions/refresh", null, JSONObject().put("refresh", refresh))
        } catch (_: IOException) {
            return null
        }
        if (!reply.ok) return null
        kept(context).edit().putString("refresh", reply.json.getString("refresh")).commit()
        return reply.json.getString("access")
    }
}
