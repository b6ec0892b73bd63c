//! The pictures of the README, from the running application. They go to `target/`; with
//! `SPINEBOARD_PICTURES=copy` they are copied to `docs/images/`, so that a test run leaves the tree clean.

use std::path::Path;

use spineboard_tests::story::Story;

use crate::chrome::Browser;

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_the_main_pages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = root.join("target/pictures");
    let browser = Browser::start().await;
    let story = Story::signed(&browser.app, 50).await;
    browser.sign_in("chair@northfield.example").await;
    for (scheme, width, height) in
        [("light", 1440, 1200), ("dark", 1440, 1200), ("light", 390, 1600)]
    {
        browser.size(width, height).await;
        browser.prefer(scheme).await;
        for (name, path) in [
            ("worklist", "/".to_owned()),
            ("case", story.path("")),
            ("assessment", story.path("/assessment")),
            ("lesions", story.path("/lesions")),
            ("decision", story.path("/decision")),
            ("rule", "/rules/tokuhashi-2005/1".to_owned()),
        ] {
            browser.open(&path).await;
            let file =
                folder.join(format!("{name}-{}.png", if width < 500 { "phone" } else { scheme }));
            browser.picture(&file).await;
            assert!(file.metadata().unwrap().len() > 10_000, "{} is a picture", file.display());
        }
    }
    browser.quit().await;
    if std::env::var("SPINEBOARD_PICTURES").is_ok_and(|value| value == "copy") {
        let images = root.join("docs/images");
        std::fs::create_dir_all(&images).unwrap();
        for name in ["case-light.png", "case-dark.png"] {
            std::fs::copy(folder.join(name), images.join(name)).unwrap();
        }
    }
}
