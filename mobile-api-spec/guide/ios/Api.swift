import Foundation

/// A reply: its status, and its JSON (empty where there is none).
struct Reply {
    let status: Int
    let json: [String: Any]

    var ok: Bool { (200..<300).contains(status) }
    /// The same request may succeed later: the server or the network is at fault, not the request.
    var again: Bool { status >= 500 || status == 408 || status == 429 }
}

/// Plain HTTPS. The extension and the app share this file.
struct Api {
    let base: URL
    var timeout: TimeInterval = 10

    func request(_ method: String, _ path: String, token: String? = nil, body: [String: Any]? = nil) throws -> URLRequest {
        guard let url = URL(string: path, relativeTo: base) else { throw URLError(.badURL) }
        var request = URLRequest(url: url, timeoutInterval: timeout)
        request.httpMethod = method
        if let token {
            request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        }
        if let body {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = try JSONSerialization.data(withJSONObject: body)
        }
        return request
    }

    func send(_ request: URLRequest) async throws -> Reply {
        let (data, response) = try await URLSession.shared.data(for: request)
        let json = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
        return Reply(status: (response as? HTTPURLResponse)?.statusCode ?? 0, json: json ?? [:])
    }
}
