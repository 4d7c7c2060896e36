import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** A web server that knows nothing of Shipway: it listens where it is told and ends in order on SIGTERM. */
public class Greeter {
    public static void main(String[] arguments) throws IOException {
        var answer = ("{\"version\": \"" + arguments[1] + "\"}").getBytes();
        var address = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
        var server = HttpServer.create(address, 0);
        var workers = Executors.newCachedThreadPool();
        server.setExecutor(workers);
        server.createContext("/", exchange -> send(exchange, answer));
        server.createContext("/slow", exchange -> {
            pause(2000);
            send(exchange, answer);
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.stop(10); // no new connections; it waits for exchanges that are under way
            workers.shutdown();
        }));
        server.start();
    }

    static void send(HttpExchange exchange, byte[] answer) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
