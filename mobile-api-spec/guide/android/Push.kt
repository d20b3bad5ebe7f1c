package mx.ampara.example

/** What a push says: its data, and nothing of her name or place. */
data class Push(
    val kind: String,
    val notification: String,
    val receipt: String,
    val words: String?,
    val watching: String?,
    val alert: String?,
    val drill: Boolean,
) {
    companion object {
        /** Reads the data of a push; null where it is not one of Ampara's. */
        fun of(data: Map<String, String>): Push? {
            return Push(
                kind = data["kind"] ?: return null,
                notification = data["notification"] ?: return null,
                receipt = data["receipt"] ?: return null,
                words = data["words"],
                watching = data["watching"],
                alert = data["alert"],
                drill = data["drill"] == "true",
            )
        }
    }
}
