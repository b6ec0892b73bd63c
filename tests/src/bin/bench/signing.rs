//! Signing, which is bound by Argon2 on purpose: how long one signature takes, and how much of that the
//! verification of the password is.

use std::time::{Duration, Instant};

use secrecy::SecretString;
use store::password::{Verifier, hash};

use crate::Result;
use crate::browser::{Browser, PASSWORD};
use crate::load::part;
use crate::report::{Goal, Report, median, say};
use crate::scene::{CHAIR, RECORDERS, Scene};
use crate::server::Server;

pub(crate) async fn measure(server: &Server, scene: &Scene, report: &mut Report) -> Result<()> {
    say("signing");
    let mut chair = Browser::sign_in(&server.address, CHAIR).await?;
    let (mut signatures, mut verifications, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for cases in scene.cases.chunks(RECORDERS) {
        let mut latencies = Vec::with_capacity(cases.len());
        for case in cases {
            latencies.push(sign(&mut chair, case).await?);
        }
        let (signature, verification) = (middle(latencies), middle(verify(cases.len())?));
        signatures.push(signature * 1e3);
        verifications.push(verification * 1e3);
        shares.push(verification / signature * 100.0);
    }
    report.add("signing, one at a time: median", median(signatures), 1, "ms", Goal::None);
    report.add("signing: one Argon2 verification", median(verifications), 1, "ms", Goal::None);
    report.add("signing: share of Argon2", median(shares), 0, "%", Goal::None);
    Ok(())
}

/// Reads back, confirms and signs; how long the signature took.
async fn sign(chair: &mut Browser, case: &str) -> Result<Duration> {
    let path = format!("/cases/{case}/decision");
    let page = chair.open(&path).await?;
    let fields = page.form(&path);
    let answer = chair.post(&format!("{path}/read-back"), &fields).await?;
    crate::browser::done(&answer)?;
    let page = chair.open(&path).await?;
    chair.submit(&page, &format!("{path}/confirmation"), &[]).await?;
    let page = chair.open(&path).await?;
    let start = Instant::now();
    chair.submit(&page, &format!("{path}/signature"), &[("password", PASSWORD)]).await?;
    Ok(start.elapsed())
}

/// As many verifications alone, as the server does them.
fn verify(count: usize) -> Result<Vec<Duration>> {
    let password = SecretString::from(PASSWORD);
    let stored = hash(&password)?;
    let verifier = Verifier::default();
    let mut latencies = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        if !verifier.verify(Some(&stored), &password) {
            return Err("a password does not verify against its own hash".into());
        }
        latencies.push(start.elapsed());
    }
    Ok(latencies)
}

fn middle(mut latencies: Vec<Duration>) -> f64 {
    latencies.sort_unstable();
    part(&latencies, 1, 2).as_secs_f64()
}
