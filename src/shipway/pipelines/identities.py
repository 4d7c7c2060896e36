"""An identity of a cloud for one job, by OpenID Connect: no key is kept anywhere; the token ends with the job."""

CLOUDS = ("aws", "google", "azure")
TOOLS = ("github", "gitlab")
"""Tools that give their jobs a token of their own; in a cluster the service account has one."""

GITHUB = {
    "aws": """\
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: ${{ vars.AWS_ROLE_ARN }}
          aws-region: ${{ vars.AWS_REGION }}
""",
    "google": """\
      - uses: google-github-actions/auth@v2
        with:
          workload_identity_provider: ${{ vars.GOOGLE_WORKLOAD_IDENTITY_PROVIDER }}
          service_account: ${{ vars.GOOGLE_SERVICE_ACCOUNT }}
""",
    "azure": """\
      - uses: azure/login@v2
        with:
          client-id: ${{ vars.AZURE_CLIENT_ID }}
          tenant-id: ${{ vars.AZURE_TENANT_ID }}
          subscription-id: ${{ vars.AZURE_SUBSCRIPTION_ID }}
""",
}
GITLAB = {
    "aws": """\
  id_tokens:
    CLOUD_TOKEN:
      aud: sts.amazonaws.com
  before_script:
    # AWS_ROLE_ARN and AWS_REGION are variables of the project.
    - export AWS_WEB_IDENTITY_TOKEN_FILE="$(mktemp)" AWS_ROLE_SESSION_NAME="gitlab-$CI_JOB_ID"
    - printf '%s' "$CLOUD_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE"
""",
    "google": """\
  id_tokens:
    CLOUD_TOKEN:
      aud: https://iam.googleapis.com/$GOOGLE_WORKLOAD_IDENTITY_PROVIDER
  before_script:
    # GOOGLE_WORKLOAD_IDENTITY_PROVIDER (projects/…) and GOOGLE_SERVICE_ACCOUNT are variables of the project.
    - export CLOUD_TOKEN_FILE="$(mktemp)" GOOGLE_APPLICATION_CREDENTIALS="$(mktemp)"
    - printf '%s' "$CLOUD_TOKEN" > "$CLOUD_TOKEN_FILE"
    - |
      cat > "$GOOGLE_APPLICATION_CREDENTIALS" <<EOF
      {
        "type": "external_account",
        "audience": "//iam.googleapis.com/$GOOGLE_WORKLOAD_IDENTITY_PROVIDER",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"file": "$CLOUD_TOKEN_FILE"},
        "service_account_impersonation_url":
          "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/$GOOGLE_SERVICE_ACCOUNT:generateAccessToken"
      }
      EOF
""",
    "azure": """\
  id_tokens:
    CLOUD_TOKEN:
      aud: api://AzureADTokenExchange
  before_script:
    # AZURE_CLIENT_ID and AZURE_TENANT_ID are variables of the project.
    - export AZURE_FEDERATED_TOKEN_FILE="$(mktemp)"
    - printf '%s' "$CLOUD_TOKEN" > "$AZURE_FEDERATED_TOKEN_FILE"
""",
}


def step(tool: str, cloud: str | None) -> str:
    """What stands in the job that deploys; nothing where no cloud is wanted."""
    if cloud is None:
        return ""
    return {"github": GITHUB, "gitlab": GITLAB}[tool][cloud]
