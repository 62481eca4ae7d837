//! When an object is applied, and whether a Secret is in the cluster by then: Argo CD's phases and sync waves, Helm's hooks and weights.
//!
//! Argo CD: argoproj/gitops-engine `pkg/sync/sync_phase.go`, `pkg/sync/hook/hook.go`, `pkg/sync/syncwaves/waves.go`. Helm:
//! <https://helm.sh/docs/topics/charts_hooks/>; hooks of one event run by weight, then by name.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

const HELM_HOOK: &str = "helm.sh/hook";
const HELM_WEIGHT: &str = "helm.sh/hook-weight";
const ARGO_HOOK: &str = "argocd.argoproj.io/hook";
const ARGO_WAVE: &str = "argocd.argoproj.io/sync-wave";
const KEYS: [&str; 4] = [HELM_HOOK, HELM_WEIGHT, ARGO_HOOK, ARGO_WAVE];

/// The annotations that decide when an object is applied, as they were written. Most objects have none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order(BTreeMap<&'static str, String>);

/// A phase of Argo CD's sync in which an object is applied. `SyncFail` and the phases of a deletion come on their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    PreSync,
    Sync,
    PostSync,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::PreSync => "PreSync",
            Self::Sync => "Sync",
            Self::PostSync => "PostSync",
        }
    }
}

impl Order {
    /// Reads the annotations of an object by their names.
    ///
    /// # Errors
    /// Those of `annotation`.
    pub fn read<'a, E>(mut annotation: impl FnMut(&'static str) -> Result<Option<&'a str>, E>) -> Result<Self, E> {
        let mut order = Self::default();
        for key in KEYS {
            if let Some(value) = annotation(key)? {
                order.0.insert(key, value.to_owned());
            }
        }
        Ok(order)
    }

    /// Whether nothing says when the object is applied: it comes with all the others.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.0.is_empty()
    }

    /// The same with the annotations that the object is given as well.
    #[must_use]
    pub fn with(mut self, annotations: &BTreeMap<String, String>) -> Self {
        for key in KEYS {
            if let Some(value) = annotations.get(key) {
                self.0.insert(key, value.clone());
            }
        }
        self
    }

    /// Whether a Secret that is applied at `self` is in the cluster when an object at `pod` starts pods. With each goes its name: Helm sorts by it.
    ///
    /// Argo CD reads Helm's hooks as well, so its rules hold as soon as one of the two has an annotation of Argo CD.
    #[must_use]
    pub fn is_in_time_for(&self, name: &str, pod: &Self, pod_name: &str) -> bool {
        if self.is_default() && pod.is_default() {
            return true;
        }
        if self.is_of_argo() || pod.is_of_argo() {
            return self.in_time_with_argo(pod);
        }
        self.in_time_with_helm(name, pod, pod_name)
    }

    /// The annotations that put a Secret right before an object at this order, even if `secret` has some of them
    /// already.
    #[must_use]
    pub fn right_before(&self, secret: &Self) -> Self {
        let mut before = self.clone();
        let is_hook = |order: &Self| order.0.contains_key(ARGO_HOOK) || order.0.contains_key(HELM_HOOK);
        if self.is_of_argo() || secret.is_of_argo() {
            if secret.0.contains_key(ARGO_WAVE) || secret.0.contains_key(HELM_WEIGHT) {
                before.0.insert(ARGO_WAVE, self.wave().to_string());
            }
            let hook = self.phase().map(Phase::name).or_else(|| self.argo_hooks().first().copied());
            if let (true, Some(hook)) = (is_hook(secret) && !self.0.contains_key(ARGO_HOOK), hook) {
                before.0.insert(ARGO_HOOK, hook.to_owned());
            }
        } else if is_hook(self) {
            before.0.insert(HELM_WEIGHT, self.weight().saturating_sub(1).to_string());
        } else {
            before.0.insert(HELM_HOOK, "pre-install,pre-upgrade".to_owned());
        }
        before
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn is_of_argo(&self) -> bool {
        self.0.contains_key(ARGO_HOOK) || self.0.contains_key(ARGO_WAVE)
    }

    /// The weight of a Helm hook. Go's `strconv.Atoi` takes a sign and digits, as Rust does; anything else counts as 0.
    fn weight(&self) -> i64 {
        self.get(HELM_WEIGHT).and_then(|weight| weight.parse().ok()).unwrap_or(0)
    }

    /// The sync wave; where none is written, or none that is a number, the weight of the Helm hook.
    fn wave(&self) -> i64 {
        self.get(ARGO_WAVE).and_then(|wave| wave.parse().ok()).unwrap_or_else(|| self.weight())
    }

    fn words(&self, key: &str) -> impl Iterator<Item = &str> {
        self.get(key).unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty())
    }

    /// The words of Argo CD's hooks that it knows, those of Helm as it reads them where there are none.
    fn argo_hooks(&self) -> Vec<&str> {
        const KNOWN: [&str; 7] = ["PreSync", "Sync", "PostSync", "SyncFail", "Skip", "PreDelete", "PostDelete"];
        let own: Vec<&str> = self.words(ARGO_HOOK).filter(|word| KNOWN.contains(word)).collect();
        if !own.is_empty() {
            return own;
        }
        let of_helm = self.words(HELM_HOOK).filter_map(|word| match word {
            "pre-install" | "pre-upgrade" => Some("PreSync"),
            "post-install" | "post-upgrade" => Some("PostSync"),
            "post-delete" => Some("PostDelete"),
            _ => None,
        });
        of_helm.collect()
    }

    /// The first phase of a sync in which Argo CD applies the object; `None` where no sync does.
    fn phase(&self) -> Option<Phase> {
        let is_hook = self.0.contains_key(ARGO_HOOK) || self.get(HELM_HOOK).is_some_and(|hook| hook != "crd-install");
        if !is_hook {
            return Some(Phase::Sync);
        }
        let phases = self.argo_hooks().into_iter().filter_map(|hook| match hook {
            "PreSync" => Some(Phase::PreSync),
            "Sync" => Some(Phase::Sync),
            "PostSync" => Some(Phase::PostSync),
            _ => None,
        });
        phases.min()
    }

    fn in_time_with_argo(&self, pod: &Self) -> bool {
        let after_deletion = |order: &Self| order.argo_hooks().contains(&"PostDelete");
        if after_deletion(pod) && !(after_deletion(self) && self.wave() <= pod.wave()) {
            return false;
        }
        match (self.phase(), pod.phase()) {
            // A pod that no sync applies waits for no Secret, but for one that runs when a sync fails.
            (secret, None) => secret.is_some() || !pod.argo_hooks().contains(&"SyncFail"),
            (None, Some(_)) => false,
            // Within a wave, Secrets come before everything that starts pods.
            (Some(secret), Some(phase)) => (secret, self.wave()) <= (phase, pod.wave()),
        }
    }

    fn in_time_with_helm(&self, name: &str, pod: &Self, pod_name: &str) -> bool {
        let events = |order: &Self| order.words(HELM_HOOK).map(str::to_lowercase).collect::<Vec<String>>();
        let is_hook = |order: &Self| order.0.contains_key(HELM_HOOK);
        let (own, of_pod) = (events(self), events(pod));
        let has = |event: &str| own.iter().any(|own| own == event);
        if !is_hook(pod) {
            return !is_hook(self) || own.iter().any(|event| event.starts_with("pre-") && event != "pre-delete");
        }
        // Of one weight and name they stay sorted by kind, Secrets before all that starts pods (helm/helm: pkg/releaseutil/manifest_sorter.go).
        let is_first = self.weight().cmp(&pod.weight()).then_with(|| name.cmp(pod_name)) != Ordering::Greater;
        of_pod.iter().all(|event| match event.split_once('-') {
            Some(("pre", "install" | "upgrade" | "rollback")) => has(event) && is_first,
            Some(("post", operation @ ("install" | "upgrade" | "rollback"))) => {
                !is_hook(self) || has(&format!("pre-{operation}")) || (has(event) && is_first)
            }
            // Helm deletes what it installed, and leaves hooks where they are.
            Some(("post", "delete")) => (has(event) && is_first) || own.iter().any(|own| !own.ends_with("-delete")),
            _ => true,
        })
    }
}

/// `` `argocd.argoproj.io/sync-wave: "-1"` ``, as it is written in YAML.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.0.iter().enumerate() {
            let and = if index == 0 { "" } else { ", " };
            let quoted = if value.parse::<f64>().is_ok() { format!("\"{value}\"") } else { value.clone() };
            write!(f, "{and}`{key}: {quoted}`")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(annotations: &[(&str, &str)]) -> Order {
        let annotations: BTreeMap<&str, &str> = annotations.iter().copied().collect();
        let read = Order::read(|key| Ok::<_, std::convert::Infallible>(annotations.get(key).copied()));
        read.unwrap()
    }

    fn wave(value: &str) -> Order {
        order(&[(ARGO_WAVE, value)])
    }

    fn argo(hook: &str) -> Order {
        order(&[(ARGO_HOOK, hook)])
    }

    fn helm(hook: &str, weight: &str) -> Order {
        order(&[(HELM_HOOK, hook), (HELM_WEIGHT, weight)])
    }

    #[track_caller]
    fn in_time(expected: bool, secret: &Order, pod: &Order) {
        assert_eq!(secret.is_in_time_for("m-secret", pod, "n-pod"), expected, "{secret} for {pod}");
    }

    #[test]
    fn waves_are_numbers() {
        let none = Order::default();
        for (expected, secret, pod) in [
            (true, "0", "0"),
            (true, "-5", "-1"),
            (true, "-1", "-1"),
            (true, "+1", "1"),
            (true, "01", "1"),
            (false, "5", "-1"),
            (false, "10", "9"),
            (false, "5", "+4"),
            // What is no number is wave 0.
            (true, "soon", "0"),
            (true, "1.5", "0"),
            (false, " 1", "-1"),
            (true, "99999999999999999999", "0"),
        ] {
            in_time(expected, &wave(secret), &wave(pod));
        }
        in_time(true, &none, &none);
        in_time(true, &none, &wave("0"));
        in_time(true, &none, &wave("x"));
        in_time(false, &none, &wave("-1"));
        in_time(false, &wave("1"), &none);
        in_time(true, &wave("-1"), &none);
    }

    #[test]
    fn phases_come_before_waves() {
        let none = Order::default();
        in_time(false, &none, &argo("PreSync"));
        in_time(false, &wave("-9"), &argo("PreSync"));
        in_time(true, &argo("PreSync"), &argo("PreSync"));
        in_time(true, &argo("PreSync"), &none);
        in_time(true, &argo("PreSync"), &wave("-9"));
        in_time(true, &none, &argo("Sync"));
        in_time(true, &none, &argo("PostSync"));
        in_time(true, &wave("9"), &argo("PostSync"));
        in_time(false, &argo("PostSync"), &none);
        in_time(
            false,
            &order(&[(ARGO_HOOK, "PreSync"), (ARGO_WAVE, "2")]),
            &order(&[(ARGO_HOOK, "PreSync"), (ARGO_WAVE, "1")]),
        );
        // The first of several counts.
        in_time(false, &none, &argo("PostSync, PreSync"));
        in_time(true, &argo("PostSync,PreSync"), &argo("PreSync"));
    }

    #[test]
    fn what_argo_cd_never_applies() {
        let none = Order::default();
        // The pod.
        in_time(true, &none, &argo("Skip"));
        in_time(false, &none, &argo("Skip,PreSync"));
        in_time(true, &none, &argo("SyncFail"));
        in_time(true, &none, &argo("nonsense"));
        // The Secret.
        in_time(false, &argo("Skip"), &none);
        in_time(false, &argo("SyncFail"), &none);
        in_time(false, &argo("nonsense"), &none);
        in_time(false, &argo("PostDelete"), &argo("SyncFail"));
        // After a deletion the Secret is gone.
        in_time(false, &none, &argo("PostDelete"));
        in_time(true, &argo("PostDelete"), &argo("PostDelete"));
        in_time(false, &argo("PostDelete"), &argo("PostDelete,Sync"));
        in_time(true, &argo("PostDelete,PreSync"), &argo("PostDelete,Sync"));
        in_time(true, &none, &argo("PreDelete"));
    }

    #[test]
    fn hooks_of_helm_by_event_weight_and_name() {
        let none = Order::default();
        for hook in
            ["pre-install", "pre-upgrade", "pre-rollback", "Pre-Install", "post-install, pre-upgrade", "post-delete"]
        {
            in_time(false, &none, &helm(hook, "0"));
        }
        for hook in ["post-install", "post-upgrade,post-rollback", "test", "pre-delete"] {
            in_time(true, &none, &helm(hook, "0"));
        }
        in_time(true, &helm("pre-install", "-5"), &helm("pre-install", "0"));
        in_time(false, &helm("pre-install", "5"), &helm("pre-install", "0"));
        in_time(false, &helm("pre-install", "-5"), &helm("pre-install,pre-upgrade", "0"));
        in_time(true, &helm("pre-install,pre-upgrade", "-5"), &helm("pre-upgrade, pre-install", "0"));
        in_time(false, &helm("post-install", "-5"), &helm("pre-install", "0"));
        in_time(true, &helm("pre-install", "9"), &helm("post-install", "0"));
        in_time(true, &helm("pre-install", "9"), &none);
        in_time(false, &helm("post-install", "-9"), &none);
        in_time(false, &helm("pre-delete", "-9"), &none);
        in_time(true, &helm("pre-install", "0"), &helm("post-delete", "0"));
        let same = helm("pre-install", "x");
        assert!(same.is_in_time_for("a-secret", &same, "b-pod"));
        assert!(!same.is_in_time_for("c-secret", &same, "b-pod"));
        assert!(same.is_in_time_for("web", &same, "web"));
    }

    #[test]
    fn argo_cd_reads_hooks_of_helm_as_its_own() {
        let pod = order(&[(HELM_HOOK, "pre-install"), (ARGO_WAVE, "0")]);
        in_time(false, &Order::default(), &pod);
        in_time(false, &wave("-5"), &pod);
        in_time(true, &argo("PreSync"), &helm("pre-install", "0"));
        in_time(false, &order(&[(ARGO_HOOK, "PreSync"), (ARGO_WAVE, "1")]), &helm("pre-install", "0"));
        in_time(true, &order(&[(ARGO_HOOK, "PreSync"), (ARGO_WAVE, "1")]), &helm("pre-install", "1"));
        // Its own hook beats Helm's, and no CRD is a hook.
        in_time(true, &Order::default(), &order(&[(ARGO_HOOK, "PostSync"), (HELM_HOOK, "pre-install")]));
        in_time(true, &Order::default(), &order(&[(ARGO_WAVE, "0"), (HELM_HOOK, "crd-install")]));
    }

    /// The remedy that a message gives, for everything that is too late.
    #[test]
    fn right_before_is_in_time() {
        let none = Order::default();
        let early = [
            none.clone(),
            wave("-1"),
            argo("PreSync"),
            argo("PreSync,PostSync"),
            order(&[(ARGO_HOOK, "PreSync"), (ARGO_WAVE, "-3")]),
            helm("pre-install", "0"),
            helm("pre-install,pre-upgrade", "-7"),
            helm("post-delete", "0"),
            order(&[(HELM_HOOK, "pre-upgrade"), (ARGO_WAVE, "2")]),
        ];
        let late = [none.clone(), wave("5"), helm("post-install", "3"), argo("PostSync")];
        for pod in &early {
            for secret in &late {
                if secret.is_in_time_for("m-secret", pod, "n-pod") {
                    continue;
                }
                let remedy = pod.right_before(secret);
                let given = remedy.0.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
                in_time(true, &secret.clone().with(&given), pod);
            }
        }
    }
}
