//! When to ask again.

use std::time::Duration;

use super::wire::Response;

/// How long to wait before the next try, by the number of tries made: short at first, doubling.
pub(super) fn back_off(tries: u8) -> Duration {
    Duration::from_millis(200).saturating_mul(1 << tries.saturating_sub(1).min(6))
}

/// How long to wait after a 429 that does not say it: longer, for the limit is not gone at once.
pub(super) fn back_off_from_limit(rounds: u8) -> Duration {
    Duration::from_secs(1).saturating_mul(1 << rounds.saturating_sub(1).min(6))
}

/// How long the server asks to wait: `Retry-After` in seconds or as a date, or ghcr's sentence in the body
/// ("retry-after: 880.092µs, allowed: 44000/minute"; dependabot/cli#380). A date is compared with the server's own
/// `Date`, so that no clock of ours is needed.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    if let Some(value) = response.headers.get("retry-after") {
        let value = value.trim();
        return seconds(value).or_else(|| date(value, response.headers.get("date")));
    }
    let body = String::from_utf8_lossy(&response.body).to_ascii_lowercase();
    let (_, said) = body.split_once("retry-after:")?;
    go_duration(said.trim_start())
}

fn seconds(value: &str) -> Option<Duration> {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    plain.then(|| Duration::try_from_secs_f64(value.parse().ok()?).ok()).flatten()
}

fn date(value: &str, now: Option<&str>) -> Option<Duration> {
    let read = |text: &str| httpdate::parse_http_date(text.trim()).ok();
    Some(read(value)?.duration_since(read(now?)?).unwrap_or_default())
}

/// A duration as Go prints it, of which the first unit is enough: `880.092µs`, `1.5s`, `2m3s`.
fn go_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at_checked(unit_at)?;
    let units =
        [("ns", 1e-9), ("µs", 1e-6), ("μs", 1e-6), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let (_, length) = units.into_iter().find(|(name, _)| unit.starts_with(name))?;
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * length).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &[(&str, &str)], body: &str) -> Option<Duration> {
        let headers = headers.iter().copied().collect();
        retry_after(&Response { status: 429, headers, body: body.into(), truncated: false })
    }

    #[test]
    fn retry_after_in_every_form() {
        let date = ("Date", "Mon, 23 Nov 2026 18:00:00 GMT");
        assert_eq!(asked(&[("Retry-After", "7")], ""), Some(Duration::from_secs(7)));
        assert_eq!(asked(&[("retry-after", " 1.5 ")], ""), Some(Duration::from_millis(1500)));
        let later = ("Retry-After", "Mon, 23 Nov 2026 18:00:09 GMT");
        assert_eq!(asked(&[later, date], ""), Some(Duration::from_secs(9)));
        assert_eq!(asked(&[later], ""), None);
        let past = ("Retry-After", "Mon, 23 Nov 2026 17:00:00 GMT");
        assert_eq!(asked(&[past, date], ""), Some(Duration::ZERO));
        assert_eq!(asked(&[("Retry-After", "soon")], ""), None);
        assert_eq!(asked(&[("Retry-After", "-3")], ""), None);
        assert_eq!(
            asked(&[], "{\"message\":\"retry-after: 880.092µs, allowed: 44000/minute\"}"),
            Some(Duration::from_nanos(880_092))
        );
        assert_eq!(asked(&[], "Retry-After: 2m3s"), Some(Duration::from_secs(120)));
        assert_eq!(asked(&[], "retry-after: "), None);
        assert_eq!(asked(&[("Retry-After", "99999999999999999999999999")], ""), None);
        assert_eq!(asked(&[], ""), None);
    }

    #[test]
    fn back_off_doubles() {
        assert_eq!([1, 2, 3].map(back_off), [200, 400, 800].map(Duration::from_millis));
        assert_eq!(back_off(255), Duration::from_millis(12_800));
        assert_eq!([1, 2].map(back_off_from_limit), [1, 2].map(Duration::from_secs));
    }
}
