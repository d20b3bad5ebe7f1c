import CoreLocation
import UIKit

/// The button, and her places while her alert is open, also with the screen off.
@MainActor
final class Places: NSObject, CLLocationManagerDelegate {
    static let shared = Places()
    private let manager = CLLocationManager()
    private var timer: Timer?
    private var tries = 0

    /// The button. Waits for nothing: no place, no token, no sign-in.
    func press() async {
        var body: [String: Any] = ["at": ISO8601DateFormatter().string(from: Date()), "battery": battery]
        if let last = manager.location {
            var first = fix(last)
            first["seq"] = 0
            body["location"] = first
        }
        // A new id for each press of the button; each retry repeats the id that is on the disk.
        await AlertQueue.shared.press(id: UUID(), body: body)
        start()
        // Some seconds more, where she leaves the app at once.
        let task = UIApplication.shared.beginBackgroundTask()
        await send()
        UIApplication.shared.endBackgroundTask(task)
    }

    func start() {
        UIDevice.current.isBatteryMonitoringEnabled = true
        manager.delegate = self
        manager.desiredAccuracy = kCLLocationAccuracyBest
        manager.pausesLocationUpdatesAutomatically = false
        manager.allowsBackgroundLocationUpdates = true
        // With "Always" iOS shows no blue sign at the clock. With "While Using" it shows one, and no app can hide it.
        manager.showsBackgroundLocationIndicator = false
        manager.startUpdatingLocation()
        // Starts the app again after the system ended it.
        manager.startMonitoringSignificantLocationChanges()
    }

    private func stop() {
        timer?.invalidate()
        manager.stopUpdatingLocation()
        manager.stopMonitoringSignificantLocationChanges()
    }

    private func send() async {
        let wanted = await AlertQueue.shared.sendWhatWaits()
        guard AlertQueue.shared.open != nil else { return stop() }
        let pauses: [TimeInterval] = [0.5, 1, 2, 5]
        let pause = wanted ?? pauses[min(tries, pauses.count - 1)]
        tries = wanted == nil ? tries + 1 : 0
        timer?.invalidate()
        timer = Timer.scheduledTimer(withTimeInterval: pause, repeats: false) { _ in
            Task { @MainActor in await Places.shared.send() }
        }
    }

    nonisolated func locationManager(_ manager: CLLocationManager, didUpdateLocations places: [CLLocation]) {
        Task { @MainActor in
            if let latest = places.last { await AlertQueue.shared.add(fix(latest)) }
            // The system may have started the app for this place alone.
            if timer?.isValid != true { await send() }
        }
    }

    private func fix(_ place: CLLocation) -> [String: Any] {
        [
            "at": ISO8601DateFormatter().string(from: place.timestamp),
            "lat": place.coordinate.latitude,
            "lon": place.coordinate.longitude,
            // −1 for unknown, as Core Location has it.
            "accuracy_m": place.horizontalAccuracy,
            "speed_mps": place.speed,
            "heading_deg": place.course,
            "battery": battery,
        ]
    }

    private var battery: Double { Double(UIDevice.current.batteryLevel) }
}
