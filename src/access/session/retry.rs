//! When to ask again.

use std::time::Duration;

use super::wire::Response;

/// The longest pause that no server asked for: a limit that ends late is noticed in time.
const LONGEST: Duration = Duration::from_secs(4);

/// How long to wait before the next try, by the number of tries made: short at first, doubling.
pub(super) fn back_off(tries: u8) -> Duration {
    doubled(Duration::from_millis(200), tries)
}

/// How long to wait after a 429 that does not say it: longer, for the limit is not gone at once.
pub(super) fn back_off_from_limit(rounds: u8) -> Duration {
    doubled(Duration::from_secs(1), rounds)
}

fn doubled(first: Duration, times: u8) -> Duration {
    first.saturating_mul(1 << times.saturating_sub(1).min(6)).min(LONGEST)
}

/// How long the server asks to wait: `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3), the longest of several, or ghcr's
/// sentence in the body ("retry-after: 880.092µs, allowed: 44000/minute"; dependabot/cli#380). A date is compared with the server's own
/// `Date`, so that no clock of ours is needed. What is neither is ignored.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let now = response.headers.get("date");
    let said =
        response.headers.all("retry-after").filter_map(|value| date(value, now).or_else(|| longest(value))).max();
    said.or_else(|| {
        let body = String::from_utf8_lossy(&response.body).to_ascii_lowercase();
        let (_, said) = body.split_once("retry-after:")?;
        go_duration(said.trim_start())
    })
}

/// The longest of the seconds in a header, which may be several that something on the way joined.
fn longest(value: &str) -> Option<Duration> {
    value.split(',').filter_map(|value| seconds(value.trim())).max()
}

/// Seconds, with a fraction as some servers have it. More than any clock can count is still a very long time.
fn seconds(value: &str) -> Option<Duration> {
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds = plain.then(|| value.parse::<f64>().ok()).flatten()?;
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
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
        assert_eq!(asked(&[("Retry-After", "99999999999999999999999999")], ""), Some(Duration::MAX));
        assert_eq!(
            asked(&[("Retry-After", "1"), ("Retry-After", "30"), ("Retry-After", "2")], ""),
            Some(Duration::from_secs(30))
        );
        assert_eq!(asked(&[("Retry-After", "1, 30,x")], ""), Some(Duration::from_secs(30)));
        assert_eq!(asked(&[("Retry-After", "Monday, 23-Nov-26 18:00:09 GMT"), date], ""), Some(Duration::from_secs(9)));
        assert_eq!(asked(&[("Retry-After", "Mon Nov 23 18:00:09 2026"), date], ""), Some(Duration::from_secs(9)));
        assert_eq!(
            asked(&[("Retry-After", "Tue, 23 Nov 9999 18:00:09 GMT"), date], "")
                .map(|wait| wait > Duration::from_secs(1 << 36)),
            Some(true)
        );
        assert_eq!(asked(&[("Retry-After", ".")], ""), None);
        assert_eq!(asked(&[("Retry-After", "soon")], "retry-after: 2s"), Some(Duration::from_secs(2)));
        assert_eq!(asked(&[], ""), None);
    }

    #[test]
    fn back_off_doubles() {
        assert_eq!([1, 2, 3].map(back_off), [200, 400, 800].map(Duration::from_millis));
        assert_eq!(back_off(255), Duration::from_secs(4));
        assert_eq!([1, 2, 3, 4].map(back_off_from_limit), [1, 2, 4, 4].map(Duration::from_secs));
    }
}
