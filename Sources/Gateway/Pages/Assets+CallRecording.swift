extension Assets {
    /// The part of ``callScript`` that records a call; it uses that script's variables.
    static let callRecording = """

          // The recording: of the person's picture and sound, by the operator's page, with consent.
          var recorder = null, place = 0, uploads = Promise.resolve(), isAllowed = false, wasRecorded = false;
          function record(consents) {
            isAllowed = consents;
            if (!consents) { wasRecorded = false; stopRecording(); say('record', ''); return; }
            if (recorder || recorder === undefined || !window.MediaRecorder) { return; }
            if (!line || line.connectionState !== 'connected' || !theirs.srcObject) { return; }
            place = 0;
            var taken = recorder = new MediaRecorder(
              theirs.srcObject, { mimeType: 'video/webm', videoBitsPerSecond: 600000, audioBitsPerSecond: 32000 });
            taken.ondataavailable = function (event) { if (event.data.size) { keep(taken, event.data); } };
            taken.start(1000);
            say('record', wasRecorded ? 'anew' : 'recording');
            wasRecorded = true;
          }
          function keep(taken, data) {
            for (var from = 0; from < data.size; from += 61440) { piece(taken, data.slice(from, from + 61440)); }
          }
          function piece(taken, data) {
            uploads = uploads.then(function () {
              if (taken !== recorder) { return; }
              var query = '/recording?turn=' + turn + '&place=' + place;
              return post(query, data, 'application/octet-stream').then(function (reply) {
                if (reply.ok) { place += 1; return; }
                if (taken !== recorder || !isAllowed) { return; }
                // Not tried again: what there is of it is not whole.
                stopRecording();
                recorder = undefined;
                say('record', 'unkept');
              });
            }).catch(function () {});
          }
          function stopRecording() {
            var taken = recorder;
            if (!taken) { return; }
            recorder = null;
            if (taken.state !== 'inactive') { taken.stop(); }
          }

        """
}
