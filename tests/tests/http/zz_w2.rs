use spineboard_tests::TestApp;
use spineboard_tests::story::Story;
#[tokio::test]
async fn dump() {
    let app = TestApp::new().await;
    let mut c = app.coordinator().await;
    let mut story = Story::register(&mut c, 201).await;
    story.refer(&mut c).await;
    std::fs::create_dir_all("/tmp/w2").unwrap();
    let save = |name: &str, body: &str| std::fs::write(format!("/tmp/w2/{name}.html"), body).unwrap();
    save("first", &c.open(&story.path("/assessment")).await.body);
    story.assess(&mut c).await;
    let start = std::time::Instant::now();
    let form = c.open(&story.path("/assessment")).await;
    println!("second form {:?} {}", start.elapsed(), form.body.len());
    save("second", &form.body);
    save("lesions", &c.open(&story.path("/lesions")).await.body);
    save("lesion", &c.open(&story.path("/lesions/L1?what-if=sins-2010.L1")).await.body);
    save("read", &c.open(&story.path("/assessments/1")).await.body);
    let wrong = c.submit(&form, &story.path("/assessments"), &[("default.source", "report"), ("case.kps", "_unknown"), ("case.bilirubin", "x")]).await;
    save("wrong", &wrong.body);
}
