//! Variables: how a certificate is renewed.

use super::{DURATION, LIST, Variable, used};

pub(super) const CERTIFICATES: &[Variable] = &[
    used(
        "TESSERA_CERTIFICATE_SECRET_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager that renew-certificate keeps the certificate and its key in",
    ),
    used(
        "TESSERA_CERTIFICATE_NAMES",
        "",
        LIST,
        "what the certificate is for: hosts, *.DOMAIN, addresses, URIs",
    ),
    used(
        "TESSERA_CERTIFICATE_KEY",
        "P-256",
        "",
        "its key: P-256, P-384, RSA-2048, RSA-3072, RSA-4096 or Ed25519",
    ),
    used("TESSERA_CERTIFICATE_USAGE", "server", "", "who shows it: server, client or both"),
    used(
        "TESSERA_CERTIFICATE_LIFE",
        "90d",
        DURATION,
        "how long it lives; it is renewed after two thirds of the life that it was given",
    ),
    used(
        "TESSERA_CERTIFICATE_AUTHORITY_SECRET_ARN",
        "",
        "",
        "the secret with the authority that issues it; without one it signs itself",
    ),
    used(
        "TESSERA_CERTIFICATE_ACME_DIRECTORY",
        "",
        "",
        "the directory of the public authority that issues it (ACME)",
    ),
    used(
        "TESSERA_CERTIFICATE_FOLDER",
        "",
        "",
        "the folder in which tessera serve keeps a certificate of that authority and its account",
    ),
    used(
        "TESSERA_CERTIFICATE_ACME_ACCOUNT_SECRET_ARN",
        "",
        "",
        "the secret with the account there; one is made when it is empty",
    ),
    used(
        "TESSERA_CERTIFICATE_ACME_ZONE_ID",
        "",
        "",
        "the zone of Amazon Route 53 whose records prove that the names are ours",
    ),
    used(
        "TESSERA_CERTIFICATE_ACME_CONTACTS",
        "",
        LIST,
        "mailto: addresses that the public authority may write to",
    ),
    used(
        "TESSERA_CERTIFICATE_ACME_CA",
        "the system's",
        "the path of a PEM file",
        "the root of the public authority's own server",
    ),
    used(
        "TESSERA_CERTIFICATE_ACM_ARN",
        "",
        "",
        "under which ARN AWS Certificate Manager has it: it is imported there again",
    ),
    used(
        "TESSERA_CERTIFICATE_TRUST_BUNDLE",
        "",
        "",
        "s3://BUCKET/KEY, where the roots are published of which clients may have certificates",
    ),
    used(
        "TESSERA_CERTIFICATE_TRUST_SECRET_ARN",
        "TESSERA_CERTIFICATE_AUTHORITY_SECRET_ARN",
        "",
        "the secret with the authority of the clients",
    ),
    used(
        "TESSERA_CERTIFICATE_TRUST_OVERLAP",
        "90d",
        DURATION,
        "how long the root before stays trusted: as long as certificates of clients live",
    ),
    used(
        "TESSERA_CERTIFICATE_DOMAIN",
        "",
        "",
        "the custom domain of API Gateway that reads the bundle: it is pointed at each new version",
    ),
    used(
        "TESSERA_CERTIFICATE_ALARM_TOPIC_ARN",
        "",
        "",
        "the topic of Amazon SNS that hears when a renewal fails, and when little life is left",
    ),
    used(
        "TESSERA_JS_ENV",
        "",
        LIST,
        "variables that a data model may read besides CUBEJS_*; secrets are never shown",
    ),
    used(
        "TESSERA_TENANT_CLAIM",
        "tenant_id",
        "",
        "the claim, dots between steps, that audit lines show as the tenant",
    ),
    used(
        "TESSERA_METRICS",
        "false",
        "",
        "whether requests are measured, as lines of the log that CloudWatch makes metrics of",
    ),
    used(
        "TESSERA_AUDIT_CLAIMS",
        "",
        LIST,
        "claims, dots between steps, that audit lines show besides, such as email,role",
    ),
    used("CUBEJS_ACCESS_POLICY_MASK_STRING", "", "", "shown for a masked text without a mask"),
    used("CUBEJS_ACCESS_POLICY_MASK_TIME", "", "", "shown for a masked time without a mask"),
    used("CUBEJS_ACCESS_POLICY_MASK_BOOLEAN", "", "", "shown for a masked boolean without a mask"),
    used("CUBEJS_ACCESS_POLICY_MASK_NUMBER", "", "", "shown for a masked number without a mask"),
];
