// Written by `shipway ci jenkins`, and yours from now on.
// For a multibranch pipeline. A pull request is planned, and the plan kept with the build. A merge deploys: the guard
// watches, and takes the version back when users would be hurt; then the build fails. Replicas run where the agent
// runs, so it is an agent of your own. Do not let Jenkins build forks there: their release file says what runs.
pipeline {
  agent { label '<<runner>>' }
  options {
    disableConcurrentBuilds()
    timeout(time: 6, unit: 'HOURS')
  }
  environment {
    SHIPWAY_FILE = '<<file>>'
    SERVICE = '<<service>>'
  }
  stages {
    stage('Plan') {
      when { changeRequest() }
      steps {
        sh '''
          VERSION=$(git rev-parse --short=12 HEAD)
          code=0
          shipway plan "$VERSION" --file "$SHIPWAY_FILE" --diff > shipway-plan.txt 2>&1 || code=$?
          cat shipway-plan.txt
          exit "$code"
        '''
      }
      post {
        always { archiveArtifacts artifacts: 'shipway-plan.txt', allowEmptyArchive: true }
      }
    }
    stage('Deploy') {
      when {
        branch '<<branch>>'
        not { changeRequest() }
      }
      environment {
        // Jenkins would end what the release has started when the build ends.
        JENKINS_NODE_COOKIE = 'shipway'
      }
      steps {
        sh '''
          VERSION=$(git rev-parse --short=12 HEAD)
          shipway check "$VERSION" --file "$SHIPWAY_FILE"<<checklist>>
          shipway deploy "$VERSION" --file "$SHIPWAY_FILE" --foreground --refuse
        '''
      }
      post {
        always {
          sh '''
            mkdir -p shipway-report
            shipway why --service "$SERVICE" > shipway-report/why.txt
            shipway history --service "$SERVICE" --json > shipway-report/history.json
            shipway report --dora --service "$SERVICE" --json --picture shipway-report/dora.svg > shipway-report/dora.json
            cat shipway-report/why.txt
          '''
          archiveArtifacts artifacts: 'shipway-report/**', allowEmptyArchive: true
          withEnv(["OUTCOME=${currentBuild.currentResult}"]) {
            sh '''
              # Jenkins prints each command with its values; the address is a secret.
              set +x
              if [ -n "${SHIPWAY_NOTIFY_URL:-}" ]; then
                { echo "$SERVICE: $OUTCOME, $BUILD_URL"; cat shipway-report/why.txt; } > shipway-report/message.txt
                python3 -c 'import json, sys; print(json.dumps({"text": sys.stdin.read()}))' < shipway-report/message.txt > shipway-report/message.json
                printf 'url = "%s"' "$SHIPWAY_NOTIFY_URL" |
                  curl --fail --silent --show-error --max-time 30 --header 'Content-Type: application/json' --data @shipway-report/message.json --config -
              fi
            '''
          }
        }
      }
    }
  }
}
