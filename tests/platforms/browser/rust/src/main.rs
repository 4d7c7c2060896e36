//! `asks SERVER TOKEN USER REGION`: what a program in Rust gets through OpenFeature's own crates, as JSON.

use std::env::args;

use open_feature::provider::FeatureProvider;
use open_feature::EvaluationContext;
use open_feature_ofrep::{OfrepOptions, OfrepProvider};
use reqwest::header::{HeaderMap, HeaderValue, AUTHORIZATION};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [_, server, token, user, region] = <[String; 5]>::try_from(args().collect::<Vec<_>>()).expect("four arguments");
    let mut headers = HeaderMap::new();
    let bearer = HeaderValue::from_str(&format!("Bearer {token}")).expect("a token");
    headers.insert(AUTHORIZATION, bearer);
    let provider = OfrepProvider::new(OfrepOptions { base_url: server, headers, ..Default::default() })
        .await
        .expect("a provider");
    let user = EvaluationContext::default().with_targeting_key(user).with_custom_field("region", region);
    let cart = provider.resolve_bool_value("new-cart", &user).await.expect("an answer").value;
    let theme = provider.resolve_string_value("theme", &user).await.expect("an answer").value;
    let absent = provider.resolve_bool_value("no-such-flag", &user).await.is_err();
    println!(r#"{{"cart": {cart}, "theme": "{theme}", "absent": {absent}}}"#);
}
