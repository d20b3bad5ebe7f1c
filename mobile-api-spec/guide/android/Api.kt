package mx.ampara.example

import java.io.IOException
import java.net.HttpURLConnection
import java.net.URL
import org.json.JSONObject

/** A reply: its status, and its JSON (empty where there is none). */
class Reply(val status: Int, val json: JSONObject) {
    val ok get() = status in 200..299

    /** The same request may succeed later: the server or the network is at fault, not the request. */
    val again get() = status >= 500 || status == 408 || status == 429
}

/** Plain HTTPS, without a library that has to be set up first: the process may be a second old. */
class Api(private val base: String) {
    /** Sends one request. Blocks for [timeoutMs] at most to connect, and again to read. */
    @Throws(IOException::class)
    fun call(method: String, path: String, token: String?, body: JSONObject?, timeoutMs: Int = 10_000): Reply {
        val connection = URL(base + path).openConnection() as HttpURLConnection
        try {
            connection.requestMethod = method
            connection.connectTimeout = timeoutMs
            connection.readTimeout = timeoutMs
            token?.let { connection.setRequestProperty("Authorization", "Bearer $it") }
            body?.let {
                connection.doOutput = true
                connection.setRequestProperty("Content-Type", "application/json")
                connection.outputStream.use { out -> out.write(it.toString().toByteArray()) }
            }
            val status = connection.responseCode
            val stream = if (status < 400) connection.inputStream else connection.errorStream
            val text = stream?.bufferedReader()?.use { it.readText() }.orEmpty()
            return Reply(status, runCatching { JSONObject(text) }.getOrDefault(JSONObject()))
        } finally {
            connection.disconnect()
        }
    }
}
