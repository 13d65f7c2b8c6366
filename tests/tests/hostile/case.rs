//! One case of `vectors/input-edge.json`, and what it is made into before it is sent.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What the placeholders of the vectors stand for in the model of the conformance cases.
const MEMBERS: [(&str, &str); 4] = [
    ("{M}", "Orders.count"),
    ("{D}", "Users.city"),
    ("{N}", "Users.age"),
    ("{T}", "Orders.createdAt"),
];

/// A case as it stands in the file.
#[derive(Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: u64,
    pub(crate) area: String,
    pub(crate) name: String,
    /// Where the value goes.
    #[serde(rename = "where")]
    pub(crate) place: String,
    pub(crate) value: Value,
    /// The class of the answer.
    pub(crate) expect: String,
    /// A harmless filter value that must give the same statement.
    pub(crate) same_sql_as: Option<Value>,
}

/// Every case, its placeholders filled.
pub(crate) fn all(text: &str) -> Vec<Case> {
    let mut file: Value = serde_json::from_str(text).unwrap();
    let cases = Vec::<Case>::deserialize(file["cases"].take()).unwrap();
    assert_eq!(file["number_of_cases"], cases.len(), "the file says how many cases it has");
    cases.into_iter().map(|case| Case { value: filled(case.value), ..case }).collect()
}

fn filled(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(fill(&text)),
        Value::Array(items) => items.into_iter().map(filled).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (fill(&name), filled(value))).collect()
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

fn fill(text: &str) -> String {
    MEMBERS.iter().fold(text.to_owned(), |text, (name, member)| text.replace(name, member))
}

impl Case {
    /// The text of the query, for every place where a query is what is hostile.
    pub(crate) fn query_text(&self) -> Option<String> {
        let value = &self.value;
        match self.place.as_str() {
            "query" => Some(value.to_string()),
            "query_raw" => Some(value.as_str().unwrap().to_owned()),
            "query_raw_gen" => {
                let times = usize::try_from(value["repeat"].as_u64().unwrap()).unwrap();
                let repeated = |name: &str| value[name].as_str().unwrap().repeat(times);
                let leaf = filter(&json!(["1"]));
                Some(format!(
                    r#"{{"measures":["Orders.count"],"filters":[{}{leaf}{}]}}"#,
                    repeated("open"),
                    repeated("close")
                ))
            }
            "query_gen" => Some(generated(value.as_object().unwrap()).to_string()),
            "member" => Some(json!({ "measures": [text_of(value)] }).to_string()),
            _ => None,
        }
    }

    /// The query with the harmless value in place of the hostile one.
    pub(crate) fn harmless(&self) -> Option<Value> {
        let mut query = self.value.clone();
        query["filters"][0]["values"] = self.same_sql_as.as_ref()?["values"].clone();
        Some(query)
    }

    /// The texts of the case: what an answer may repeat because the caller sent it.
    pub(crate) fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        collect(&self.value, &mut texts);
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts
    }
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(members) => {
            texts.extend(members.keys().cloned());
            members.values().for_each(|item| collect(item, texts));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text, or as many bytes of one as the case says.
pub(crate) fn text_of(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let times = usize::try_from(value["bytes"].as_u64().unwrap()).unwrap();
    value["gen"].as_str().unwrap_or("x").repeat(times)
}

fn filter(values: &Value) -> Value {
    json!({ "member": "Users.city", "operator": "equals", "values": values })
}

/// A query, or a list of them, with as much of one thing as the case says.
fn generated(what: &Map<String, Value>) -> Value {
    let (kind, number) = what.iter().next().unwrap();
    let number = usize::try_from(number.as_u64().unwrap()).unwrap();
    let query = json!({ "measures": ["Orders.count"] });
    let with = |name: &str, value: Value| {
        let mut query = query.clone();
        query[name] = value;
        query
    };
    match kind.as_str() {
        "measures" => with("measures", json!(vec!["Orders.count"; number])),
        "dimensions" => with("dimensions", json!(vec!["Users.city"; number])),
        "segments" => with("segments", json!(vec!["Orders.completed"; number])),
        "filter_values" => with("filters", json!([filter(&json!(vec!["1"; number]))])),
        "string" => with("filters", json!([filter(&json!(["x".repeat(number)]))])),
        "queries" => json!(vec![query; number]),
        other => panic!("nobody knows how to generate {other}"),
    }
}
